// For the page that stands in for one that can't be reached, at that page's address.
if (location.pathname === "/offline.html") {
  location.replace("/");
}

const theme = /(?:^|; )tributary_theme=(light|dark)/.exec(document.cookie)?.[1];
if (theme) {
  document.documentElement.dataset.theme = theme;
}
