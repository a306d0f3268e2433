/** Makes python-boot.py a module of the interpreter, where it is not one by the snapshot. */
export function install(pyodide, source) {
  pyodide.runPython(`
def install(source):
    import sys, types
    module = sys.modules["_tandem"] = types.ModuleType("_tandem")
    exec(compile(source, "<tandem>", "exec"), module.__dict__)

install(${JSON.stringify(source)})
del install
`);
}
