// Trusted Types: whatever turns a string into a script must be one of our own files.
const ours = [/^\/web\/[\w./-]+\.m?js$/, /^\/app-worker\.js$/];

export function isOurs(url, origin) {
  const u = new URL(url, origin);
  return u.origin === origin && u.search === '' && ours.some((path) => path.test(u.pathname)) && !u.pathname.includes('..');
}

export function installPolicy() {
  if (!self.trustedTypes) return;
  self.trustedTypes.createPolicy('default', {
    createScriptURL: (url) => {
      if (isOurs(url, location.origin)) return url;
      throw new TypeError(`not a script of ours: ${url}`);
    },
  });
}
