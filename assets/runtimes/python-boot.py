# Runs the user's program as Python's own command line would, and says how it ended.
import io
import linecache
import random
import site
import sys
import time
import traceback
import types

from pyodide.ffi import can_run_sync, run_sync

version = "%d.%d.%d" % sys.version_info[:3]
site_packages = site.getsitepackages()[0]
SLICE = 0.05  # seconds of sleep at a time: after each, a stop is looked for


def install_sleep(nap):
    def sleep(seconds, /):
        if not hasattr(seconds, "__float__") and not hasattr(seconds, "__index__"):
            raise TypeError("'%s' object cannot be interpreted as a real number" % type(seconds).__name__)
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        end = time.monotonic() + seconds
        sys.stdout.flush()
        while (left := end - time.monotonic()) > 0:
            nap(min(left, SLICE))

    sleep.__doc__ = time.sleep.__doc__
    time.sleep = sleep


def unbuffered(stream):
    """The stream as `python -u` has it: what is printed is seen at once, also without a newline."""
    encoding, errors = stream.encoding, stream.errors
    return io.TextIOWrapper(stream.detach().detach(), encoding, errors, newline="\n", write_through=True)


class Asked(io.RawIOBase):
    """stdin where no line can be waited for but by suspending Python as a whole."""

    def __init__(self, ask):
        self.ask, self.rest = ask, b""

    def readable(self):
        return True

    def readinto(self, into):
        if not self.rest:
            if not can_run_sync():
                raise OSError("Python can't wait for input here. Give it in advance, by “Input” above the output.")
            line = run_sync(self.ask())
            self.rest = b"" if line is None else line.encode()
        n = min(len(into), len(self.rest))
        into[:n], self.rest = self.rest[:n], self.rest[n:]
        return n


def users(tb, name):
    """The traceback from the first frame of the user's code on."""
    while tb is not None and tb.tb_frame.f_code.co_filename != name:
        tb = tb.tb_next
    return tb


def place(error, name):
    """Line and column, from 1, of the user's code that an error points to."""
    if isinstance(error, SyntaxError) and error.filename == name and error.lineno:
        return error.lineno, error.offset or 0
    line, column, tb = 0, 0, error.__traceback__
    while tb is not None:
        if tb.tb_frame.f_code.co_filename == name:
            line = tb.tb_lineno
            positions = list(tb.tb_frame.f_code.co_positions())
            index = tb.tb_lasti // 2
            start = positions[index][2] if 0 <= index < len(positions) else None
            column = 0 if start is None else start + 1
        tb = tb.tb_next
    return line, column


def trim(error, name, seen):
    """Cuts the frames before the user's from an error and those it came from."""
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        cut = users(error.__traceback__, name)
        error.__traceback__ = cut
        trim(error.__cause__, name, seen)
        error = error.__context__


def end(code, reason, message="", line=0, column=0):
    return {"code": code, "reason": reason, "message": message, "line": line, "column": column}


def exit_of(error):
    code = error.code
    if code is None:
        return end(0, "ok")
    if isinstance(code, int):
        return end(code & 255, "ok" if code == 0 else "error")
    print(code, file=sys.stderr)
    return end(1, "error", str(code))


def report(error, name):
    trim(error, name, set())
    line, column = place(error, name)
    shown = traceback.TracebackException.from_exception(error, capture_locals=False)
    try:
        sys.stdout.flush()
    except KeyboardInterrupt:
        pass
    print("".join(shown.format()), end="", file=sys.stderr)
    message = "".join(shown.format_exception_only()).strip().split("\n")[-1]
    reason = "stopped" if isinstance(error, KeyboardInterrupt) else "memory" if isinstance(error, MemoryError) else "error"
    return end(130 if reason == "stopped" else 1, reason, message, line, column)


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass


def main(name, source, nap, seed, ask=None):
    install_sleep(nap)
    sys.stdout = sys.__stdout__ = unbuffered(sys.stdout)
    sys.stderr = sys.__stderr__ = unbuffered(sys.stderr)
    random.seed(seed)  # the snapshot's state is the same in every run
    module = types.ModuleType("__main__")
    module.__file__ = name
    module.__builtins__ = __builtins__
    sys.modules["__main__"] = module
    sys.argv = [name]
    if ask:
        sys.stdin = sys.__stdin__ = io.TextIOWrapper(io.BufferedReader(Asked(ask)), "utf-8")
    sys.stdin.reconfigure(errors="replace")
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)
    try:
        exec(compile(source, name, "exec", dont_inherit=True), module.__dict__)
        flush()
        return end(0, "ok")
    except SystemExit as error:
        return exit_of(error)
    except BaseException as error:
        return report(error, name)
    finally:
        flush()
