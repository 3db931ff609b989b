// The page: sections by the address after #, controls, and the order in which things are read.

const byId = (id) => document.getElementById(id);

function say(text) {
  byId("status").textContent = text;
}

function fail(error) {
  say(`Something could not be shown: ${error.message}`);
}

/** Sections: name, title, and whether it has anything to show. */
function sections() {
  const has = (kind) => rangeOf(kind)[1] > rangeOf(kind)[0];
  const more = head.kinds.map((one) => one.kind).filter((kind) => !["messages", "conversations", "calls", "contacts", "device_identifiers", "accounts"].includes(kind));
  return [["overview", "Overview", true], ["conversations", "Conversations", has("messages")], ["list/calls", "Calls", has("calls")], ["list/contacts", "Contacts", has("contacts")],
    ["list/device_identifiers", "Identifiers", has("device_identifiers")], ["list/accounts", "Accounts", has("accounts")], ["timeline", "Timeline", true],
    ["places", "Places", index.places.size > 0], ...more.map((kind) => [`list/${kind}`, words(kind).replace(/^./, (first) => first.toUpperCase()), true]),
    ["pictures", "Pictures", true], ["analysis", "Analysis", true], ["findings", "Findings", true], ["coverage", "Coverage", true]].filter(([, , shown]) => shown);
}

function drawTabs(current) {
  byId("tabs").replaceChildren(...sections().map(([name, title]) => el("a", { href: `#/${name}`, "aria-current": name === current ? "page" : false }, title)));
}

// What stands in the page: coming back to it from a record leaves it where it was scrolled.
const drawn = { hash: null, version: -1, zone: "", ready: false };
let behind = "#/overview";

/** Draws what is shown anew. */
function drawAgain() {
  drawn.hash = null;
  route();
}

/** Opens a record over what is shown. */
function openRecord(place) {
  location.hash = `#/record/${idOf(place)}`;
}

function route() {
  const [name = "overview", one, other] = location.hash.replace(/^#\/?/, "").split("/");
  if (name === "record") {
    if (!byId("main").hasChildNodes()) drawOverview(byId("main"));
    const place = index.ready ? placeOf(one) : -1;
    if (place >= 0) showRecord(place).catch(fail); else if (index.ready) say(`The report holds no record ${one}`);
    return;
  }
  byId("record").hidden = true;
  const now = { hash: location.hash, version: selection.version, zone: zone.name, ready: index.ready };
  if (Object.keys(now).every((key) => now[key] === drawn[key])) return;
  Object.assign(drawn, now);
  behind = location.hash || "#/overview";
  const main = byId("main");
  drawTabs(name === "list" ? `list/${one}` : name || "overview");
  main.dataset.section = name || "overview";
  const draw = { conversations: () => drawConversations(main, one === undefined ? -1 : Number(one), other === undefined ? undefined : Number(other)), timeline: () => drawTimeline(main),
    list: () => drawKind(main, one), places: () => drawPlaces(main), pictures: () => drawPictures(main), results: () => drawResults(main),
    analysis: () => drawAnalysis(main, one).catch(fail), findings: () => drawFindings(main), coverage: () => drawCoverage(main) }[name] ?? (() => drawOverview(main));
  const needsIndex = !["overview", "findings", "coverage", ""].includes(name);
  if (needsIndex && !index.ready) main.replaceChildren(el("p", { class: "empty" }, "The records are being read …")); else draw();
}

function tellSelection() {
  if (!index.ready) return;
  const count = selection.places.length;
  say(isNarrowed() ? `${counted(count, "record")} of ${number(head.records)} selected: ${selectionInWords()}` : `${counted(head.records, "record")}. Times in ${zone.name}.`);
  const chosen = [filters.services.size, filters.states.size, filters.from !== null, filters.before !== null, filters.party].filter(Boolean).length;
  byId("active").textContent = chosen ? `(${chosen} active)` : "";
}

/** The filters have changed: select anew and draw what is shown. */
function refilter() {
  select();
  redraw();
}

function redraw() {
  tellSelection();
  if (location.hash.startsWith("#/record/")) {
    byId("record").hidden = true;
    history.replaceState(null, "", behind);
  }
  drawAgain();
}

async function runSearch() {
  const query = byId("query").value.trim();
  filters.query = query;
  selection.terms = termsOf(query);
  const began = performance.now();
  if (!selection.terms.length) {
    selection.searching += 1;
    selection.hits = null;
  } else {
    say("Searching …");
    const hits = await search(selection.terms, (part) => say(`Searching … ${Math.round(part * 100)} %`));
    if (!hits) return;
    selection.hits = hits;
  }
  select();
  if (selection.hits && !/^#\/(conversations|timeline|list|results|places|pictures)/.test(location.hash)) history.replaceState(null, "", "#/results");
  redraw();
  performance.measure("affiant-search", { start: began, end: performance.now() });
}

function checks(holder, names, chosen) {
  holder.replaceChildren(...names.map((name) => {
    const box = el("input", { type: "checkbox", on: { change: () => { if (box.checked) chosen.add(name); else chosen.delete(name); refilter(); } } });
    return el("label", {}, box, " ", evidence(name || "not known"));
  }));
}

function fillControls() {
  checks(byId("services"), [...index.services].sort(), filters.services);
  checks(byId("states"), [...index.states].sort(), filters.states);
  const known = index.parties.filter((party) => party.address).sort((one, other) => other.records - one.records).slice(0, 200);
  byId("parties").replaceChildren(...known.map((party) => el("option", { value: party.address }, party.names[0] ?? "")));
}

function fillZones() {
  const handset = report.device?.time_zone?.value;
  const { own, fixed, named } = zoneNames(typeof handset === "string" ? handset : "");
  const group = (label, names) => el("optgroup", { label }, ...names.map((name) => el("option", { value: name }, name)));
  byId("zone").replaceChildren(el("option", { value: "UTC" }, "UTC (+00:00)"), ...(own.length ? [group("Set on the handset", own)] : []), group("Fixed offsets", fixed), group("Named zones", named));
}

function listen() {
  let wait;
  byId("query").addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(() => runSearch().catch(fail), 250); });
  byId("query").addEventListener("keydown", (event) => { if (event.key === "Enter") { clearTimeout(wait); runSearch().catch(fail); } });
  byId("party").addEventListener("input", () => { clearTimeout(wait); wait = setTimeout(() => { filters.party = byId("party").value.trim(); refilter(); }, 250); });
  const period = () => { for (const end of ["from", "before"]) filters[end] = typedMoment(byId(end)); refilter(); };
  for (const id of ["from", "before"]) byId(id).addEventListener("change", period);
  byId("zone").addEventListener("change", () => { chooseZone(byId("zone").value); period(); });
  byId("clear").addEventListener("click", clearFilters);
  byId("printing").addEventListener("click", () => printSelection().catch(fail));
  byId("skip").addEventListener("click", (event) => { event.preventDefault(); byId("main").focus(); });
  globalThis.addEventListener("hashchange", route);
  globalThis.addEventListener("beforeprint", printAtOnce);
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (byId("filters").open) byId("filters").open = false; else closeRecord();
  });
  document.addEventListener("click", (event) => { if (event.isTrusted && !byId("filters").contains(event.target)) byId("filters").open = false; });
}

/** The moment in a field; null where there is none, and then the field says whether something else stands there. */
function typedMoment(field) {
  const moment = momentOf(field.value);
  const wrong = field.value.trim() !== "" && Number.isNaN(moment);
  field.setAttribute("aria-invalid", String(wrong));
  field.title = wrong ? "Write 2023-11-14 or 2023-11-14 22:13:20, in the zone chosen above" : "";
  return Number.isNaN(moment) ? null : moment;
}

function clearFilters() {
  filters.services.clear();
  filters.states.clear();
  for (const id of ["from", "before", "party", "query"]) byId(id).value = "";
  for (const id of ["from", "before"]) typedMoment(byId(id));
  Object.assign(filters, { from: null, before: null, party: "" });
  fillControls();
  runSearch().catch(fail);
}

async function begin() {
  await loadIndex((count) => say(`Reading the records … ${number(count)} of ${number(head.records)}`));
  fillControls();
  select();
  tellSelection();
  route();
  performance.mark("affiant-ready");
  readAhead(0);
}

document.title = `affiant report: ${plain(report.evidence?.name ?? "")}`;
byId("subtitle").append(evidence(report.evidence?.name ?? ""), ` · ${counted(head.records, "record")} · ${report.tool?.name ?? ""} ${report.tool?.version ?? ""}`);
fillZones();
listen();
route();
performance.mark("affiant-first");
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", () => begin().catch(fail)); else begin().catch(fail);
