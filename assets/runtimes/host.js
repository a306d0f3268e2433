// Puts tandem.runner on the page. Where the files are, boot.js knows.
import { createRunner } from './runner.js';

const { tandem } = self;
tandem.runner = createRunner({
  sandbox: tandem.url('sandbox.html'),
  wheels: async () => (await fetch('/wheels.json')).json(),
  file: (name) => ({ url: tandem.url(`runtimes/${name}`), bytes: tandem.size(`runtimes/${name}`) }),
});
