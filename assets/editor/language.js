// The language service of JavaScript and TypeScript: 7 MB of worker, so only once such a text is there and the page is idle.
import { monaco } from './monaco.js';

const seen = new Set(); // the languages that a text had before the service was there: Monaco announces each only once
let asked = false;

export function wantService(language) {
  if (language !== 'javascript' && language !== 'typescript') return;
  seen.add(language);
  if (asked) return;
  asked = true;
  const idle = self.requestIdleCallback ?? ((f) => setTimeout(f, 500));
  programCame().then(() => idle(() => load().catch((err) => {
    asked = false; // the next change of language tries again
    console.warn('language service:', err);
  }), { timeout: 10_000 }));
}

/** Resolves once the program's bytes are there, or won't come. */
const programCame = () => self.tandem.program.catch(() => {});

// What the runtimes offer beside the language itself.
const globals = `
declare var console: Record<'log' | 'info' | 'debug' | 'warn' | 'error' | 'trace' | 'dir' | 'table' | 'assert' | 'count' | 'time' | 'timeEnd' | 'group' | 'groupEnd', (...data: any[]) => void>;
declare function prompt(message?: string): string | null;
declare function setTimeout(f: (...args: any[]) => void, ms?: number, ...args: any[]): number;
declare function setInterval(f: (...args: any[]) => void, ms?: number, ...args: any[]): number;
declare function clearTimeout(id?: number): void;
declare function clearInterval(id?: number): void;
declare function queueMicrotask(f: () => void): void;
declare function structuredClone<T>(value: T): T;
declare var performance: { now(): number };
`;

async function load() {
  const missed = new Set(seen);
  const ts = await import('monaco-editor/languages/features/typescript/register.js');
  const mode = await import('monaco-editor/languages/features/typescript/tsMode.js');
  for (const defaults of [ts.javascriptDefaults, ts.typescriptDefaults]) {
    defaults.setCompilerOptions({
      target: ts.ScriptTarget.ESNext, lib: ['esnext'], allowNonTsExtensions: true, strict: defaults === ts.typescriptDefaults,
      allowJs: defaults === ts.javascriptDefaults, // the model's name has no ending: this decides what it is read as
      moduleDetection: 3, // every text is a module of its own: its names don't meet those of the library
      module: ts.ModuleKind.ESNext,
    });
    defaults.addExtraLib(globals, 'file:///runtime.d.ts');
    // A text is never finished while one types; squiggles under half a line help nobody.
    defaults.setDiagnosticsOptions({ noSemanticValidation: defaults === ts.javascriptDefaults, noSuggestionDiagnostics: true, onlyVisible: true });
  }
  if (missed.has('javascript')) mode.setupJavaScript(ts.javascriptDefaults);
  if (missed.has('typescript')) mode.setupTypeScript(ts.typescriptDefaults);
}

/** Monaco's workers, from our own files, and not while the line is needed for the program. */
export function serveWorkers() {
  self.MonacoEnvironment = {
    async getWorker(_, label) {
      await programCame();
      return new Worker(self.tandem.url(label === 'typescript' || label === 'javascript' ? 'ts.worker.js' : 'editor.worker.js'), { name: label });
    },
  };
}

export function setLanguage(model, language) {
  monaco.editor.setModelLanguage(model, language);
  model.updateOptions({ insertSpaces: language !== 'go' });
  wantService(language);
}
