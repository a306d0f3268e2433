// Whether the app can be installed, and the browser's question kept until somebody asks for it.
let question = null;

const standalone = () => navigator.standalone === true || matchMedia('(display-mode: standalone)').matches;

function apple() {
  const ua = navigator.userAgent;
  const mac = /\bMacintosh\b/.test(ua);
  if (/iP(hone|ad|od)/.test(ua) || (mac && navigator.maxTouchPoints > 1)) return true;
  return mac && /\bSafari\b/.test(ua) && !/\bChrom|\bEdg\b|\bOPR\b/.test(ua);
}

export const installed = {
  goappIsAppInstallable: () => !standalone() && question !== null,
  goappIsAppInstalled: standalone,
  goappIsAppleBrowser: apple,
  async goappShowInstallPrompt() {
    if (!question) return;
    question.prompt();
    await question.userChoice;
    question = null;
    self.goappOnAppInstallChange();
  },
};

export function watchInstall() {
  addEventListener('beforeinstallprompt', (e) => {
    e.preventDefault();
    question = e;
    self.goappOnAppInstallChange();
  });
  addEventListener('appinstalled', () => {
    question = null;
    self.goappOnAppInstallChange();
  });
}
