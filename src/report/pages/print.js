// Print: the selection as a plain table, with what was examined, the selection in words, the zone, and how many of how many.

/** Records that one print holds. */
const PRINTED = 5000;

async function preparePrint() {
  const thread = openThread();
  const places = thread ? selectedIn(thread.first, thread.first + thread.count) : selection.places;
  const body = el("tbody", {});
  const shown = [...places].slice(0, PRINTED).sort((one, other) => {
    const [a, b] = [index.time[one], index.time[other]];
    return (Number.isNaN(a) ? Infinity : a) - (Number.isNaN(b) ? Infinity : b) || one - other;
  });
  for (const [row, place] of shown.entries()) body.append(printedRow(row + 1, place, await recordSoon(place)));
  const paper = document.getElementById("print");
  paper.replaceChildren(printedHead(shown.length, places.length, thread), el("table", {}, el("thead", {}, el("tr", {}, ...["no.", `time (${zone.name}, with offset)`, "kind, service, state", "from", "to", "text", "record"].map((name) => el("th", { scope: "col" }, name)))), body));
}

function printedHead(shown, all, thread) {
  const cut = shown < all ? ` Printed are the first ${number(shown)} in the order of the report; narrow the selection for the others.` : "";
  const facts = [["Evidence", `${report.evidence?.name ?? ""} (${report.evidence?.kind ?? ""})`], ["SHA-256 of report.json", head.sha256], ["Tool", `${report.tool?.name ?? ""} ${report.tool?.version ?? ""}`],
    ["Selection", selectionInWords(thread)], ["Records", `${number(all)} of ${number(head.records)}.${cut}`], ["Time zone", `${zone.name}; each time with its offset from UTC`]];
  const list = el("dl", { class: "facts" });
  for (const [name, value] of facts) list.append(el("dt", {}, name), el("dd", {}, evidence(value)));
  return el("div", {}, el("h1", {}, "affiant report: selection"), list);
}

function printedRow(row, place, record) {
  const to = index.to[place];
  const body = index.kinds[index.kind[place]] === "messages" ? contents(record).filter((part) => !part.classList.contains("edit")) : [evidence(index.text[place])];
  return el("tr", {}, el("td", {}, String(row)), el("td", {}, time(index.time[place]), " ", Number.isFinite(index.time[place]) ? words(index.fields[index.field[place]]).replace(/ at$/, "") : ""),
    el("td", {}, `${words(head.titles[index.kinds[index.kind[place]]]?.[0] ?? "")} ${["", "in", "out"][index.direction[place]]}, ${index.services[index.service[place]]}, ${index.states[index.state[place]]}`),
    el("td", {}, evidence(mentionLabel(index.from[place]))), el("td", {}, evidence(to.slice(0, 12).map(mentionLabel).join(", ") + (to.length > 12 ? ` +${to.length - 12}` : ""))),
    el("td", {}, ...body), el("td", { class: "id" }, evidence(idOf(place))));
}

/** The conversation that is open: a print holds its part of the selection. */
function openThread() {
  const open = /^#\/conversations\/(\d+)/.exec(location.hash);
  return open ? threads[Number(open[1])] : undefined;
}

async function printSelection() {
  say("Preparing the print …");
  await preparePrint();
  tellSelection();
  globalThis.print();
}
