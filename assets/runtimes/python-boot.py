# Runs the user's program as Python's own command line would, and says how it ended.
import asyncio
import atexit
import io
import linecache
import random
import site
import sys
import time
import traceback
import types

from pyodide.ffi import can_run_sync, run_sync
from pyodide.webloop import WebLoop

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


waiting = []  # the tasks that the program waits for until they are complete; the last one is waited for first
stopped = set()  # those that a stop has cancelled


def install_loop(rest):
    """Tells rest(True) when Python waits in asyncio's loop and rest(False) when it works, and lets a stop end the waiting."""
    run_handle, run_until_complete = asyncio.Handle._run, WebLoop.run_until_complete

    def run_one(self):
        rest(False)
        try:
            run_handle(self)
        finally:
            if waiting:
                rest(True)

    def wait_for(self, future):
        task = asyncio.ensure_future(future)
        waiting.append(task)
        rest(True)
        try:
            return run_until_complete(self, task)
        except asyncio.CancelledError:
            if task not in stopped:
                raise
            raise KeyboardInterrupt
        finally:
            waiting.remove(task)
            rest(False)

    asyncio.Handle._run, WebLoop.run_until_complete = run_one, wait_for
    asyncio.get_event_loop()._keyboard_interrupt_handler = lambda: None  # whoever waits for the task has it, too


def interrupt():
    """A stop while the program waits: as Python has it, the task is cancelled, and asyncio.run raises KeyboardInterrupt."""
    if waiting:
        stopped.add(waiting[-1])
        waiting[-1].cancel()


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
    """The traceback from the first frame of the user's code on, without those of what runs it."""
    while tb is not None and tb.tb_frame.f_code.co_filename != name:
        tb = tb.tb_next
    at = tb
    while at is not None:
        while at.tb_next is not None and is_ours(at.tb_next.tb_frame.f_code.co_filename):
            at.tb_next = at.tb_next.tb_next
        at = at.tb_next
    return tb


def is_ours(file):
    return file == "<tandem>" or "/pyodide/" in file or "/_pyodide/" in file or file.startswith("blob:")


def line_of(name, number):
    return linecache.getline(name, number)


def units(text):
    """How long a text is in UTF-16 units, as the editor counts."""
    return len(text.encode("utf-16-le", "replace")) // 2


def place(error, name):
    """Line and column, from 1, of the user's code that an error points to."""
    if isinstance(error, SyntaxError) and error.filename == name and error.lineno:
        return error.lineno, units(line_of(name, error.lineno)[: max(0, (error.offset or 0) - 1)]) + 1 if error.offset else 0
    line, column, tb = 0, 0, error.__traceback__
    while tb is not None:
        if tb.tb_frame.f_code.co_filename == name:
            line = tb.tb_lineno
            positions = list(tb.tb_frame.f_code.co_positions())
            index = tb.tb_lasti // 2
            start = positions[index][2] if 0 <= index < len(positions) else None
            column = 0 if start is None else units(line_of(name, line).encode()[:start].decode(errors="replace")) + 1
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


def tell(text):
    """Says something on stderr, after what was printed. The program may have closed both, or put something else there."""
    for act in (lambda: sys.stdout.flush(), lambda: sys.stderr.write(text)):
        try:
            act()
        except (Exception, KeyboardInterrupt):
            pass


def exit_of(error):
    code = error.code
    if code is None:
        return end(0, "ok")
    if isinstance(code, int):
        return end(code & 255, "ok" if code == 0 else "error")
    tell(f"{code}\n")
    return end(1, "error", str(code))


def report(error, name):
    trim(error, name, set())
    line, column = place(error, name)
    shown = traceback.TracebackException.from_exception(error, capture_locals=False)
    tell("".join(shown.format()))
    # Of a SyntaxError the last says what is wrong; of others it may be a note.
    said = list(shown.format_exception_only())
    message = said[-1 if isinstance(error, SyntaxError) else 0].strip()
    reason = "stopped" if isinstance(error, KeyboardInterrupt) else "memory" if isinstance(error, MemoryError) else "error"
    return end(130 if reason == "stopped" else 1, reason, message, line, column)


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:
            pass


def main(name, source, nap, rest, seed, ask=None):
    install_sleep(nap)
    install_loop(rest)
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
    lines = io.StringIO(source).readlines()  # as Python counts them: str.splitlines knows more ends of lines
    linecache.cache[name] = (len(source), None, lines, name)
    try:
        exec(compile(source, name, "exec", dont_inherit=True), module.__dict__)
        flush()
        return end(0, "ok")
    except SystemExit as error:
        return exit_of(error)
    except BaseException as error:
        return report(error, name)
    finally:
        atexit._run_exitfuncs()
        flush()
