"use strict";
// Places are kept in code points, as REFI-QDA counts them; the browser counts UTF-16 units, and each text knows both.
const DATA = JSON.parse(document.getElementById("data").textContent);
const WORDS = DATA.words, KEY = `ctresearch-coding:${DATA.id}`, MOST_UNDO = 500;
const $ = (id) => document.getElementById(id);
const text = $("text"), said = $("said"), tree = $("codes"), list = $("segments");

let segments = DATA.segments.map((one) => ({ ...one }));
let past = [], future = [], at = 0, current = [0, 0], picked = null, pieces = [], keeps = true, unsaved = 0, folded = new Set(), active = 0;

function fill(word, values) {
  return WORDS[word].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}
function say(words) { said.textContent = words; }
function make(tag, options = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(options)) {
    if (name === "class") element.className = value; else element.setAttribute(name, value);
  }
  element.append(...inside);
  return element;
}
function guid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// ---- places -------------------------------------------------------------------------------------------------------
const ruler = new Map();
function points(d) {
  // Where each code point starts, in units; null where a text has no character of two units and both counts are one.
  if (!ruler.has(d)) {
    const words = DATA.documents[d].text;
    let starts = null;
    if (/[\ud800-\udbff]/.test(words)) {
      starts = [];
      for (let i = 0; i < words.length; i += words.codePointAt(i) > 0xffff ? 2 : 1) starts.push(i);
      starts.push(words.length);
    }
    ruler.set(d, starts);
  }
  return ruler.get(d);
}
function toUnits(d, point) { const starts = points(d); return starts ? starts[point] : point; }
function toPoint(d, unit) {
  const starts = points(d);
  if (!starts) return unit;
  let low = 0, high = starts.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (starts[middle] < unit) low = middle + 1; else high = middle;
  }
  return low;
}
function words(one) { return DATA.documents[one.d].text.slice(toUnits(one.d, one.a), toUnits(one.d, one.b)); }
function short(all, most = 90) {
  const held = [...all.slice(0, 2 * most)];
  return held.length > most || all.length > 2 * most ? held.slice(0, most).join("") + "\u2026" : all;
}

const cuts = new Map();
function units(d) {
  // What Space goes through: stretches that were given, else lines or sentences, in units, without blanks at the ends.
  if (cuts.has(d)) return cuts.get(d);
  const whole = DATA.documents[d].text, given = DATA.documents[d].units;
  let found = [];
  if (given) found = given.map(([a, b]) => [toUnits(d, a), toUnits(d, b)]);
  else {
    for (const line of whole.matchAll(/[^\n\r\u2028\u2029]+/g)) {
      const parts = DATA.by === "sentence" ? sentences(line[0]) : [[0, line[0].length]];
      for (const [a, b] of parts) {
        const part = line[0].slice(a, b), trimmed = part.trim();
        const from = line.index + a + part.indexOf(trimmed);
        if (trimmed) found.push([from, from + trimmed.length]);
      }
    }
  }
  cuts.set(d, found);
  return found;
}
function sentences(line) {
  if (typeof Intl.Segmenter === "function") {
    const cut = new Intl.Segmenter(undefined, { granularity: "sentence" });
    return [...cut.segment(line)].map((one) => [one.index, one.index + one.segment.length]);
  }
  return [...line.matchAll(/[^.!?\u061f\u3002]+[.!?\u061f\u3002]*\s*/g)].map((one) => [one.index, one.index + one[0].length]);
}

function unitOf(node, offset) {
  const before = document.createRange();
  before.setStart(text, 0);
  before.setEnd(node, offset);
  return before.toString().length;
}
function selected() {
  // What is selected, in units: as the text shows it while it has the focus, else as it was left.
  const held = document.getSelection();
  if (document.activeElement !== text || !held.rangeCount || !text.contains(held.anchorNode)) return current;
  const range = held.getRangeAt(0), whole = DATA.documents[at].text;
  let a = unitOf(range.startContainer, range.startOffset), b = unitOf(range.endContainer, range.endOffset);
  if (/[\udc00-\udfff]/.test(whole[a] || "") && a) a -= 1;
  if (/[\udc00-\udfff]/.test(whole[b] || "")) b += 1;
  return [a, b];
}
function placeOf(unit) {
  let low = 0, high = pieces.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (pieces[middle].start <= unit) low = middle; else high = middle - 1;
  }
  return pieces.length ? [pieces[low].node, Math.min(unit - pieces[low].start, pieces[low].node.length)] : [text, 0];
}
function mark() {
  // Give the browser the selection; only while the text has the focus, since this would take it there.
  if (document.activeElement !== text) return;
  document.getSelection().setBaseAndExtent(...placeOf(current[0]), ...placeOf(current[1]));
}
function select(a, b, scroll = true) {
  current = [a, b];
  mark();
  if (scroll) {
    const box = text.getBoundingClientRect(), range = document.createRange();
    range.setStart(...placeOf(a));
    range.setEnd(...placeOf(b));
    const line = range.getBoundingClientRect();
    if (line.top < box.top || line.bottom > box.bottom) text.scrollTop += line.top - box.top - box.height / 4;
  }
  tell();
}
function there() {
  // Segments upon which the selection, or the caret, stands; the one that fits it best comes first.
  const [a, b] = selected().map((unit) => toPoint(at, unit));
  const on = segments.filter((one) => one.d === at && (a === b ? one.a <= a && a < one.b : one.a < b && a < one.b));
  const away = (one) => Math.abs(one.a - a) + Math.abs(one.b - b);
  return on.sort((x, y) => away(x) - away(y));
}
function tell() {
  const codes = [...new Set(there().map((one) => DATA.codes[one.c].name))];
  if (codes.length) say(fill("here", { codes: codes.join(", ") }));
}

// ---- what is shown --------------------------------------------------------------------------------------------------
function paint() {
  current = selected();
  const whole = DATA.documents[at].text, own = segments.filter((one) => one.d === at);
  const edges = new Set([0, whole.length]);
  const spans = own.map((one) => ({ a: toUnits(at, one.a), b: toUnits(at, one.b), one }));
  for (const { a, b } of spans) { edges.add(a); edges.add(b); }
  const marks = [...edges].sort((x, y) => x - y);
  pieces = [];
  const made = document.createDocumentFragment();
  for (let i = 0; i + 1 < marks.length; i += 1) {
    const node = document.createTextNode(whole.slice(marks[i], marks[i + 1]));
    const on = spans.filter(({ a, b }) => a <= marks[i] && marks[i] < b);
    pieces.push({ start: marks[i], node });
    const piece = make("span", on.length ? { class: on.length > 1 ? "coded more" : "coded" } : {}, node);
    if (on.length) {
      piece.style.setProperty("--c", DATA.codes[on[on.length - 1].one.c].colour);
      if (on.some(({ one }) => one.g === picked)) piece.classList.add("here");
    }
    made.append(piece);
  }
  text.replaceChildren(made);
  mark();
  $("text-title").textContent = `${fill("title", { document: DATA.documents[at].name, n: at + 1, all: DATA.documents.length })}`;
  $("documents").replaceChildren(...DATA.documents.map((one, d) => {
    const count = segments.filter((part) => part.d === d).length;
    const option = make("option", { value: d }, fill("option", { document: one.name, n: count }));
    option.selected = d === at;
    return option;
  }));
  paintList();
  $("undo").disabled = !past.length;
  $("redo").disabled = !future.length;
}
function ordered() { return segments.filter((one) => one.d === at).sort((x, y) => x.a - y.a || x.b - y.b || x.c - y.c); }
function paintList() {
  const own = ordered();
  $("segments-title").textContent = fill("segments", { n: own.length, all: segments.length });
  $("none").hidden = own.length > 0;
  list.hidden = !own.length;
  list.replaceChildren(...own.map((one) => {
    const item = make("li", { role: "option", id: `s-${one.g}`, "aria-selected": String(one.g === picked) });
    const code = make("span", { class: "code" }, DATA.codes[one.c].name);
    code.style.setProperty("--c", DATA.codes[one.c].colour);
    item.append(code, make("span", { class: "quote", dir: "auto" }, short(words(one))));
    if (one.memo) item.append(make("span", { class: "memo", dir: "auto" }, one.memo));
    item.addEventListener("click", () => { list.focus(); pick(one); });
    return item;
  }));
  if (picked && own.some((one) => one.g === picked)) list.setAttribute("aria-activedescendant", `s-${picked}`);
  else list.removeAttribute("aria-activedescendant");
}
function pick(one, go = false) {
  picked = one.g;
  if (go) text.focus();
  paint();
  select(toUnits(at, one.a), toUnits(at, one.b));
  $(`s-${one.g}`).scrollIntoView({ block: "nearest" });
}

// ---- codes ----------------------------------------------------------------------------------------------------------
const quick = DATA.codes.map((one, i) => (one.codable ? i : -1)).filter((i) => i >= 0).slice(0, 9);
function open(i) {
  for (let up = DATA.codes[i].parent; up >= 0; up = DATA.codes[up].parent) if (folded.has(up)) return false;
  return true;
}
function heads(i) { return DATA.codes.some((one) => one.parent === i); }
function paintTree(focus = false) {
  const shown = DATA.codes.map((one, i) => i).filter(open);
  if (!shown.includes(active)) active = shown[0];
  tree.replaceChildren(...shown.map((i) => {
    const code = DATA.codes[i], alike = DATA.codes.map((one, j) => j).filter((j) => DATA.codes[j].parent === code.parent);
    const item = make("li", {
      role: "treeitem", id: `c-${i}`, tabindex: i === active ? 0 : -1, "aria-level": code.depth + 1,
      "aria-setsize": alike.length, "aria-posinset": alike.indexOf(i) + 1,
    });
    if (!code.codable) item.classList.add("head");
    if (heads(i)) item.setAttribute("aria-expanded", String(!folded.has(i)));
    item.style.setProperty("margin-inline-start", `${code.depth}rem`);
    item.style.setProperty("--c", code.colour);
    const fold = make("span", { class: "fold", "aria-hidden": "true" }, heads(i) ? (folded.has(i) ? "\u25b8" : "\u25be") : "");
    fold.addEventListener("click", (event) => { event.stopPropagation(); turn(i); });
    item.append(fold, make("span", { class: "dot", "aria-hidden": "true" }), make("span", {}, code.name));
    if (quick.includes(i)) {
      item.append(make("kbd", { "aria-hidden": "true" }, String(quick.indexOf(i) + 1)));
      item.setAttribute("aria-keyshortcuts", String(quick.indexOf(i) + 1));
    }
    item.addEventListener("focus", () => { active = i; mean(i); });
    item.addEventListener("click", () => { active = i; paintTree(true); if (code.codable) give(i); });
    return item;
  }));
  if (focus) $(`c-${active}`).focus();
}
function turn(i) {
  if (folded.has(i)) folded.delete(i); else folded.add(i);
  paintTree(true);
}
function mean(i) {
  const code = DATA.codes[i];
  const parts = [["definition", "definition"], ["include", "include"], ["exclude", "exclude"], ["example", "example"]];
  $("meaning").replaceChildren(make("p", {}, make("strong", {}, code.key)),
    ...parts.filter(([field]) => code[field]).map(([field, word]) =>
      make("p", { dir: "auto" }, make("strong", {}, `${WORDS[word]}: `), code[field])));
}
tree.addEventListener("keydown", (event) => {
  const shown = DATA.codes.map((one, i) => i).filter(open), place = shown.indexOf(active), code = DATA.codes[active];
  const to = (i) => { if (i !== undefined) { active = i; paintTree(true); } };
  const keys = {
    ArrowDown: () => to(shown[place + 1]),
    ArrowUp: () => to(shown[place - 1]),
    Home: () => to(shown[0]),
    End: () => to(shown[shown.length - 1]),
    ArrowRight: () => { if (heads(active) && folded.has(active)) turn(active); else if (heads(active)) to(shown[place + 1]); },
    ArrowLeft: () => { if (heads(active) && !folded.has(active)) turn(active); else if (code.parent >= 0) to(code.parent); },
    Enter: () => { if (code.codable) give(active); else turn(active); },
    " ": () => { if (code.codable) give(active); else turn(active); },
  };
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (keys[event.key]) { event.preventDefault(); keys[event.key](); return; }
  if (event.key.length === 1) {
    const later = [...shown.slice(place + 1), ...shown.slice(0, place + 1)];
    to(later.find((i) => plain(DATA.codes[i].name).startsWith(plain(event.key))));
  }
});

// ---- changes --------------------------------------------------------------------------------------------------------
function change(next, words_) {
  past.push(segments);
  if (past.length > MOST_UNDO) past.shift();
  future = [];
  segments = next;
  unsaved += 1;
  keep();
  paint();
  say(words_);
}
function give(c, stay = false) {
  let held = selected();
  if (held[0] === held[1]) held = unitAt(held[1]);
  if (!held) { say(WORDS.empty); return; }
  const whole = DATA.documents[at].text, cut = whole.slice(held[0], held[1]), trimmed = cut.trim();
  if (!trimmed) { say(WORDS.empty); return; }
  const from = held[0] + cut.indexOf(trimmed), to = from + trimmed.length;
  const a = toPoint(at, from), b = toPoint(at, to), name = DATA.codes[c].name;
  if (segments.some((one) => one.d === at && one.a === a && one.b === b && one.c === c)) {
    say(fill("twice", { code: name }));
  } else {
    const made = { d: at, a, b, c, memo: "", g: guid(), k: guid() };
    picked = made.g;
    change([...segments, made], fill("given", { code: name, words: short(trimmed, 60) }));
  }
  if (!stay) { const told = said.textContent; text.focus(); select(from, to); say(told); }
}
function undo() {
  if (!past.length) { say(WORDS.nothing_undo); return; }
  future.push(segments);
  segments = past.pop();
  again(WORDS.undone);
}
function redo() {
  if (!future.length) { say(WORDS.nothing_redo); return; }
  past.push(segments);
  segments = future.pop();
  again(WORDS.redone);
}
function again(told) {
  unsaved += 1;
  keep();
  paint();
  say(told);
}
function remove(one) {
  if (!one) { say(WORDS.no_segment); return; }
  const own = ordered(), place = own.indexOf(one), inList = document.activeElement === list;
  picked = inList ? (own[place + 1] || own[place - 1] || { g: null }).g : null;
  change(segments.filter((other) => other !== one), fill("removed", { code: DATA.codes[one.c].name }));
  if (!inList || list.hidden) text.focus();
}
let writing = null, back = null;
function memo(one) {
  if (!one) { say(WORDS.no_segment); return; }
  writing = one.g;
  back = document.activeElement === list ? list : text;
  current = selected();
  $("writing-title").textContent = fill("memo_of", { code: DATA.codes[one.c].name });
  $("writing-quote").textContent = short(words(one), 300);
  $("memo").value = one.memo;
  $("writing").showModal();
  $("memo").focus();
}
function memoDone() {
  const now = $("memo").value, one = segments.find((other) => other.g === writing);
  $("writing").close();
  if (one && one.memo !== now) {
    picked = one.g;
    change(segments.map((other) => (other === one ? { ...one, memo: now } : other)), WORDS.memo_kept);
  }
  comeBack();
}
function comeBack() {
  const told = said.textContent;
  (back && !back.hidden ? back : text).focus();
  say(told);
}

// ---- moving ---------------------------------------------------------------------------------------------------------
function unitAt(unit) { return units(at).find(([a, b]) => unit < b) || units(at)[units(at).length - 1] || null; }
function nextUnit(step, extend = false) {
  const all = units(at), held = selected();
  if (!all.length) { say(WORDS.empty); return; }
  if (extend) {
    const more = all.find(([, b]) => b > held[1]);
    if (more) select(held[0] === held[1] ? more[0] : held[0], more[1]);
    return;
  }
  const exact = all.findIndex(([a, b]) => a === held[0] && b === held[1]);
  let to = exact >= 0 ? exact + step : all.findIndex(([, b]) => held[1] < b || (held[0] === held[1] && held[0] < b));
  if (exact < 0 && step < 0) to = Math.max(to - 1, 0);
  if (to < 0 || to >= all.length) { say(step > 0 ? WORDS.last : WORDS.first); return; }
  select(...all[to]);
}
function nextSegment(step) {
  const own = ordered(), held = selected(), a = toPoint(at, held[0]), b = toPoint(at, held[1]);
  if (!own.length) { say(WORDS.none); return; }
  let to = own.findIndex((one) => one.g === picked && one.a === a && one.b === b);
  if (to >= 0) to += step;
  else to = step > 0 ? own.findIndex((one) => one.a >= a) : own.map((one) => one.a < a).lastIndexOf(true);
  if (to < 0 || to >= own.length) { say(step > 0 ? WORDS.last : WORDS.first); return; }
  pick(own[to], true);
  say(fill("at", { code: DATA.codes[own[to].c].name, n: to + 1, all: own.length }));
}
function turnTo(d) {
  if (d < 0 || d >= DATA.documents.length) { say(d < 0 ? WORDS.first : WORDS.last); return; }
  text.focus();
  at = d;
  picked = null;
  document.getSelection().removeAllRanges();
  current = [0, 0];
  paint();
  text.scrollTop = 0;
  keep();
  say(fill("title", { document: DATA.documents[at].name, n: at + 1, all: DATA.documents.length }));
}

// ---- choosing a code by its name --------------------------------------------------------------------------------------
function plain(words_) { return words_.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase(); }
let matches = [], marked = 0;
function choose() {
  let held = selected();
  if (held[0] === held[1]) held = unitAt(held[1]);
  if (!held) { say(WORDS.empty); return; }
  select(...held);
  $("choose-quote").textContent = short(DATA.documents[at].text.slice(...held), 300);
  $("query").value = "";
  find();
  $("choose").showModal();
  $("query").focus();
}
function find() {
  const asked = plain($("query").value).split(/\s+/).filter(Boolean);
  const rank = (i) => (plain(DATA.codes[i].name).startsWith(asked[0] || "") ? 0 : 1);
  matches = DATA.codes.map((one, i) => i).filter((i) => DATA.codes[i].codable
    && asked.every((part) => plain(`${DATA.codes[i].key} ${DATA.codes[i].definition}`).includes(part)));
  if (asked.length) {
    const named = (i) => (asked.every((part) => plain(DATA.codes[i].name).includes(part)) ? 0 : 1);
    matches.sort((x, y) => named(x) - named(y) || rank(x) - rank(y) || x - y);
  }
  marked = 0;
  paintFound();
}
function paintFound() {
  const found = $("found");
  found.replaceChildren(...matches.map((i, place) => {
    const code = DATA.codes[i];
    const item = make("li", { role: "option", id: `f-${i}`, "aria-selected": String(place === marked) },
      code.key, make("small", {}, short(code.definition, 160)));
    item.addEventListener("click", () => { marked = place; take(); });
    return item;
  }));
  found.hidden = !matches.length;
  $("nothing").hidden = matches.length > 0;
  if (matches.length) {
    $("query").setAttribute("aria-activedescendant", `f-${matches[marked]}`);
    $(`f-${matches[marked]}`).scrollIntoView({ block: "nearest" });
  } else $("query").removeAttribute("aria-activedescendant");
}
function take(stay = false) {
  if (!matches.length) return;
  const c = matches[marked];
  if (!stay) $("choose").close();
  give(c, stay);
  if (stay) { $("query").value = ""; find(); }
}
$("query").addEventListener("input", find);
$("query").addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
  if (step && matches.length) {
    event.preventDefault();
    marked = Math.min(Math.max(marked + step, 0), matches.length - 1);
    paintFound();
  } else if (event.key === "Enter" && !event.isComposing) {
    event.preventDefault();
    take(event.ctrlKey || event.metaKey);
  }
});

// ---- keeping and saving -----------------------------------------------------------------------------------------------
function keep() {
  try {
    localStorage.setItem(KEY, JSON.stringify({ segments, at, unsaved }));
    keeps = true;
  } catch { keeps = false; }
  const words_ = keeps ? WORDS.kept : WORDS.not_kept;
  $("kept").textContent = unsaved ? `${words_} ${fill("changes", { n: unsaved })}` : words_;
}
function right(held) {
  // What another page, or a hand, left in the browser is taken only where it fits these texts and codes.
  return held && Array.isArray(held.segments) && held.segments.every((one) => Number.isInteger(one.d) && DATA.documents[one.d]
    && Number.isInteger(one.a) && Number.isInteger(one.b) && one.a >= 0 && one.a < one.b
    && one.b <= toPoint(one.d, DATA.documents[one.d].text.length) && Number.isInteger(one.c) && DATA.codes[one.c]
    && typeof one.memo === "string" && /^[0-9a-f-]{36}$/.test(one.g) && /^[0-9a-f-]{36}$/.test(one.k));
}
function recall() {
  try {
    const held = JSON.parse(localStorage.getItem(KEY));
    if (!right(held)) return false;
    segments = held.segments;
    at = DATA.documents[held.at] ? held.at : 0;
    unsaved = held.unsaved || 0;
    return true;
  } catch { return false; }
}
function clean(words_) {
  // XML has no place for these, and half a character is none; only memos can hold them.
  return words_.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
    .replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "\ufffd");
}
function xml(words_) {
  const named = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#9;" };
  return clean(words_).replace(/[&<>"\n\r\t]/g, (one) => named[one]);
}
function project() {
  const sources = DATA.documents.map((source, d) => {
    const own = segments.filter((one) => one.d === d).sort((x, y) => x.a - y.a || x.b - y.b || x.c - y.c).map((one) =>
      `<PlainTextSelection guid="${one.g}" name="${xml([...words(one).slice(0, 160)].slice(0, 80).join(""))}"`
      + ` startPosition="${one.a}" endPosition="${one.b}" creatingUser="${DATA.user}">`
      + (one.memo ? `<Description>${xml(one.memo)}</Description>` : "")
      + `<Coding guid="${one.k}" creatingUser="${DATA.user}"><CodeRef targetGUID="${DATA.codes[one.c].guid}"/></Coding>`
      + "</PlainTextSelection>").join("");
    return `<TextSource guid="${source.guid}" name="${xml(source.name)}" plainTextPath="internal://${source.path}">${own}</TextSource>`;
  });
  return DATA.head + sources.join("") + DATA.tail;
}
const table = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k += 1) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});
function crc32(bytes) {
  let c = 0xffffffff;
  for (const byte of bytes) c = table[(c ^ byte) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}
function zip(files) {
  // A zip archive without compression, names in UTF-8, all dated 1980-01-01 so that no hour of work is told.
  const writer = (pairs) => {
    const view = new DataView(new ArrayBuffer(pairs.reduce((sum, [size]) => sum + size, 0)));
    let place = 0;
    for (const [size, value] of pairs) {
      if (size === 2) view.setUint16(place, value, true); else view.setUint32(place, value, true);
      place += size;
    }
    return new Uint8Array(view.buffer);
  };
  const coder = new TextEncoder(), parts = [], index = [];
  let offset = 0;
  for (const [name, content] of files) {
    const bytes = coder.encode(content), label = coder.encode(name), crc = crc32(bytes);
    const common = [[2, 20], [2, 0x0800], [2, 0], [2, 0], [2, 33], [4, crc], [4, bytes.length], [4, bytes.length], [2, label.length], [2, 0]];
    parts.push(writer([[4, 0x04034b50], ...common]), label, bytes);
    index.push(writer([[4, 0x02014b50], [2, 20], ...common, [2, 0], [2, 0], [2, 0], [4, 0], [4, offset]]), label);
    offset += 30 + label.length + bytes.length;
  }
  const size = index.reduce((sum, one) => sum + one.length, 0);
  const end = writer([[4, 0x06054b50], [2, 0], [2, 0], [2, files.length], [2, files.length], [4, size], [4, offset], [2, 0]]);
  return new Blob([...parts, ...index, end], { type: "application/octet-stream" });
}
function save() {
  const mark_ = (words_) => (words_.startsWith("\ufeff") ? "\ufeff" + words_ : words_); // readers take one such mark away
  const files = [["project.qde", project()], ...DATA.documents.map((one) => [`sources/${one.path}`, mark_(one.text)])];
  const link = make("a", { download: DATA.file, href: URL.createObjectURL(zip(files)) });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  unsaved = 0;
  keep();
  say(fill("saved", { file: DATA.file, n: segments.length }));
}
function forget() {
  try { localStorage.removeItem(KEY); } catch { /* nothing was kept */ }
  segments = DATA.segments.map((one) => ({ ...one }));
  past = []; future = []; unsaved = 0; picked = null;
  $("forgetting").close();
  paint();
  $("kept").textContent = WORDS.forgotten;
  text.focus();
  say(WORDS.forgotten);
}

// ---- keys and buttons ---------------------------------------------------------------------------------------------------
text.addEventListener("beforeinput", (event) => event.preventDefault());
for (const kind of ["paste", "cut", "drop", "dragstart"]) text.addEventListener(kind, (event) => event.preventDefault());
text.addEventListener("input", () => { document.getSelection().removeAllRanges(); paint(); });
text.addEventListener("focus", mark);
text.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code) || /^([1-9])$/.exec(event.key);
  const free = !event.ctrlKey && !event.metaKey && !event.altKey;
  let act = null;
  if (free && digit && quick[digit[1] - 1] !== undefined) act = () => give(quick[digit[1] - 1]);
  else if (free && event.key === "Enter") act = event.shiftKey ? () => memo(there()[0]) : choose;
  else if (free && event.key === "F2") act = () => memo(there()[0]);
  else if (free && event.key === " ") act = () => nextUnit(1, event.shiftKey);
  else if (free && event.key === "Backspace") act = () => nextUnit(-1);
  else if (free && event.key === "Delete") act = () => remove(there()[0]);
  else if (event.altKey && event.key === "ArrowDown") act = () => nextSegment(1);
  else if (event.altKey && event.key === "ArrowUp") act = () => nextSegment(-1);
  if (act) { event.preventDefault(); act(); }
});
document.addEventListener("selectionchange", () => {
  if (document.activeElement !== text) return;
  const held = selected();
  if (held[0] !== current[0] || held[1] !== current[1]) { current = held; tell(); }
});
list.addEventListener("keydown", (event) => {
  const own = ordered(), place = own.findIndex((one) => one.g === picked), one = own[place];
  const to = { ArrowDown: place + 1, ArrowUp: Math.max(place - 1, 0), Home: 0, End: own.length - 1 }[event.key];
  let act = null;
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (to !== undefined) act = () => { if (own[to]) pick(own[to]); };
  else if (event.key === "F2" || (event.key === "Enter" && event.shiftKey)) act = () => memo(one);
  else if (event.key === "Enter" && one) act = () => pick(one, true);
  else if (event.key === "Delete") act = () => remove(one);
  if (act) { event.preventDefault(); act(); }
});
list.addEventListener("focus", () => { const own = ordered(); if (!own.some((one) => one.g === picked) && own.length) pick(own[0]); });
document.addEventListener("keydown", (event) => {
  const command = (event.ctrlKey || event.metaKey) && !event.altKey, inside = document.querySelector("dialog[open]");
  const letter = /^Key([A-Z])$/.exec(event.code) ? event.code.slice(3).toLowerCase() : event.key.toLowerCase();
  const is = (one) => event.key.toLowerCase() === one || (!/^[a-z]$/i.test(event.key) && letter === one);
  let act = null;
  if (command && is("s")) act = save;
  else if (inside) return;
  else if (command && is("z")) act = event.shiftKey ? redo : undo;
  else if (command && is("y")) act = redo;
  else if (event.altKey && event.key === "PageDown") act = () => turnTo(at + 1);
  else if (event.altKey && event.key === "PageUp") act = () => turnTo(at - 1);
  if (act) { event.preventDefault(); act(); }
});
const clicks = {
  back: () => turnTo(at - 1), on: () => turnTo(at + 1), undo, redo, save, unit: () => { text.focus(); nextUnit(1); },
  give: choose, note: () => memo(there()[0]), remove: () => remove(there()[0]), "memo-done": memoDone, "forget-yes": forget,
  forget: () => $("forgetting").showModal(), help: () => $("manual").showModal(),
  smaller: () => size(-1), larger: () => size(1), dark,
};
for (const [id, act] of Object.entries(clicks)) $(id).addEventListener("click", act);
for (const id of ["unit", "give", "note", "remove"]) $(id).addEventListener("mousedown", (event) => event.preventDefault());
for (const button of document.querySelectorAll(".close")) button.addEventListener("click", () => button.closest("dialog").close());
$("choose").addEventListener("close", () => { back = text; comeBack(); });
$("writing").addEventListener("close", comeBack);
$("memo").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); memoDone(); }
});
$("documents").addEventListener("change", () => turnTo(Number($("documents").value)));

let steps = 0;
function size(step) {
  steps = Math.min(Math.max(steps + step, -3), 12);
  document.documentElement.style.setProperty("--size", `${1.06 * 1.12 ** steps}rem`);
}
function dark() {
  const now = document.documentElement.dataset.theme
    || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
  $("dark").setAttribute("aria-pressed", String(now !== "dark"));
}
window.addEventListener("beforeunload", (event) => { if (unsaved && !keeps) event.preventDefault(); });
window.addEventListener("storage", (event) => {
  // The page is open twice: both show what was done last.
  if (event.key === KEY && event.newValue && recall()) { past = []; future = []; paint(); say(WORDS.elsewhere); }
});

for (const one of document.querySelectorAll("[data-text]")) one.textContent = WORDS[one.dataset.text];
for (const one of document.querySelectorAll("[data-label]")) one.setAttribute("aria-label", WORDS[one.dataset.label]);
for (const one of document.querySelectorAll("[data-keys]")) one.setAttribute("aria-keyshortcuts", one.dataset.keys);
$("dark").setAttribute("aria-pressed", String(matchMedia("(prefers-color-scheme: dark)").matches));
for (const [keys, what] of DATA.manual) {
  $("manual-list").append(make("dt", {}, make("kbd", {}, keys)), make("dd", {}, what));
}
const recalled = recall();
paintTree();
paint();
keep();
text.focus({ preventScroll: true });
say(recalled ? fill("recalled", { n: segments.length }) : WORDS.start);
