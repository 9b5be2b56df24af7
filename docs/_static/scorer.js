// What a reader looks for first stands first: questions and guides, then methods, then the reference.
"use strict";

var Scorer = {
  score: ([docname, title, anchor, descr, score]) => {
    const before = [
      [/^(index|start)$/, 40], [/^questions\//, 60], [/^guide\//, 50], [/^methods\//, 30], [/^(glossary|agreement|peers)$/, 20],
      [/^gallery\//, 10], [/^sheets\//, 5], [/^evidence\//, 0], [/^api\//, -40],
    ];
    const found = before.find(([pattern]) => pattern.test(docname));
    return score + (found ? found[1] : 0);
  },
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
