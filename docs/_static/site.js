// Versions side by side: each stands in a folder of its own, and versions.json above them names all. Without it, such as in
// a copy on one's own disk, the list that was true when these pages were built stays.
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const select = document.getElementById("site-version");
  if (!select) return;
  const root = new URL(select.dataset.root + "/", document.baseURI);
  const page = document.baseURI.slice(root.href.length);
  select.addEventListener("change", () => {
    location.href = new URL(`../${select.value}/${page}`, root).href;
  });
  if (!location.protocol.startsWith("http")) return;
  fetch(new URL("../versions.json", root))
    .then((answer) => (answer.ok ? answer.json() : []))
    .then((versions) => {
      if (!versions.length) return;
      select.replaceChildren(
        ...versions.map((one) => new Option(one.name, one.folder, false, one.name === select.dataset.here)),
      );
    })
    .catch(() => {});
});

// What the theme leaves open for readers with a keyboard or a screen reader.
document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("p.caption[role=heading]").forEach((one) => one.setAttribute("aria-level", "2"));
  document.querySelectorAll("aside.sidebar-drawer").forEach((one) => one.setAttribute("aria-label", "Pages"));
  document.querySelectorAll("aside.toc-drawer").forEach((one) => one.setAttribute("aria-label", "On this page"));
  document.querySelectorAll("article pre").forEach((one) => {
    if (one.scrollWidth > one.clientWidth) one.tabIndex = 0;
  });
});
