// Print: what is shown of the selection as a plain table, with what was examined, the selection in words, the zone, and how many of how many.

/** Records that one print holds. */
const PRINTED = 5000;
/** What the table for the printer was made of. */
let prepared = "";

/** The records of the section that is open, and its name in words. */
function printedPlaces() {
  const [, name, one] = /^#\/([a-z]+)\/?([a-z_0-9]*)/.exec(behind) ?? [];
  const thread = name === "conversations" ? threads[Number(one)] : undefined;
  if (thread) return [selectedIn(thread.first, thread.first + thread.count), `conversation: ${threadTitle(thread)}`];
  if (name === "conversations") return [selectedIn(...rangeOf("messages")), "messages"];
  if (name === "list") return [selectedIn(...rangeOf(one)), words(one)];
  return [selection.places, ""];
}

const printKey = () => `${behind} ${selection.version} ${zone.name}`;

/** The order of the print: by time, what has none behind. */
function inOrder(places) {
  const at = (place) => (Number.isNaN(index.time[place]) ? Infinity : index.time[place]);
  return [...places].slice(0, PRINTED).sort((one, other) => (at(one) === at(other) ? one - other : at(one) - at(other)));
}

async function printSelection() {
  say("Preparing the print …");
  const [places, what] = printedPlaces();
  const rows = [];
  for (const place of inOrder(places)) rows.push(printedRow(rows.length + 1, place, await recordSoon(place)));
  fillPrint(rows, places.length, what);
  tellSelection();
  globalThis.print();
}

/** The browser's own print command leaves no time to load anything. */
function printAtOnce() {
  if (!index.ready || prepared === printKey()) return;
  const [places, what] = printedPlaces();
  const rows = inOrder(places).map((place, row) => printedRow(row + 1, place, recordAt(place, () => {})));
  fillPrint(rows, places.length, what);
}

function fillPrint(rows, all, what) {
  const heads = ["no.", `time (${zone.name}, with offset)`, "kind, service, state", "from", "to", "text", "record"];
  byId("print").replaceChildren(printedHead(rows.length, all, what), el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((name) => el("th", { scope: "col" }, name)))), el("tbody", {}, ...rows)));
  prepared = printKey();
}

function printedHead(shown, all, what) {
  const cut = shown < all ? ` Printed are the first ${number(shown)} in the order of the page; narrow the selection for the others.` : "";
  const facts = [...caseFacts(), ["Evidence", `${report.evidence?.name ?? ""} (${report.evidence?.kind ?? ""})`], ["SHA-256 of report.json", head.sha256], ["Tool", `${report.tool?.name ?? ""} ${report.tool?.version ?? ""}`],
    ["Selection", [what, isNarrowed() || !what ? selectionInWords() : ""].filter(Boolean).join("; ")], ["Records", `${number(all)} of ${number(head.records)} in the report.${cut}`], ["Time zone", `${zone.name}; each time with its offset from UTC`]];
  const list = el("dl", { class: "facts" });
  for (const [name, value] of facts) list.append(el("dt", {}, name), el("dd", {}, evidence(value)));
  return el("div", {}, el("h1", {}, "affiant report: selection"), list);
}

function printedRow(row, place, record) {
  const to = index.to[place];
  const kind = index.kinds[index.kind[place]];
  const body = kind === "messages" && record ? contents(record) : [evidence(index.text[place])];
  const field = Number.isFinite(index.time[place]) ? ` ${words(index.fields[index.field[place]]).replace(/ at$/, "")}` : "";
  return el("tr", {}, el("td", {}, String(row)), el("td", {}, `${time(index.time[place])}${field}`),
    el("td", {}, `${words(head.titles[kind]?.[0] ?? kind)} ${["", "in", "out"][index.direction[place]]}, ${index.services[index.service[place]]}, ${index.states[index.state[place]]}`),
    el("td", {}, evidence(mentionLabel(index.from[place]))), el("td", {}, evidence(to.slice(0, 12).map(mentionLabel).join(", ") + (to.length > 12 ? ` +${to.length - 12}` : ""))),
    el("td", {}, ...body), el("td", { class: "id" }, evidence(idOf(place))));
}
