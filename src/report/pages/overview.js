// The first screen: which device, whose, which accounts, what was read, what was not and why, what the analysis found.

function card(title, ...children) {
  return el("section", { class: "card" }, el("h2", {}, title), ...children);
}

/** A plain table of our own making; cells are texts or elements. */
function plainTable(heads, rows, caption) {
  return el("table", {}, caption ? el("caption", {}, caption) : null,
    el("thead", {}, el("tr", {}, ...heads.map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, ...rows.map((cells) => el("tr", {}, ...cells.map((cell) => el("td", { class: typeof cell === "number" ? "count" : false }, typeof cell === "number" ? number(cell) : cell ?? ""))))));
}

function drawOverview(main) {
  const pictures = el("div", { class: "pictures" });
  main.replaceChildren(el("h1", { class: "hidden" }, "Overview"), el("div", { class: "cards" },
    deviceCard(), ownerCard(), readCard(), unreadCard(), analysisCard(), evidenceCard()), pictures);
  if (index.ready) pictures.append(activity(selection.places), week(selection.places));
}

function deviceCard() {
  const list = el("dl", { class: "facts" });
  for (const [name, fact] of Object.entries(report.device ?? {})) {
    if (name === "extra" || !fact || !("value" in fact)) continue;
    const others = (fact.others ?? []).map((other) => el("span", { class: "note" }, " · elsewhere: ", factValue(other.value)));
    list.append(el("dt", {}, words(name)), el("dd", {}, factValue(fact.value), el("span", { class: "note" }, ` (${fact.artifact})`), ...others));
  }
  const identifiers = firstOf("device_identifiers", 12);
  return card("Which device", list.children.length ? list : el("p", {}, "The evidence does not tell."), el("h3", {}, "Identifiers"), identifiers);
}

function factValue(value) {
  if (value && typeof value === "object" && "utc" in value) return typeof value.utc === "string" ? time(Date.parse(value.utc)) : "time not known";
  return held(value) ?? "";
}

function ownerCard() {
  const owners = index.ready ? index.parties.map((party, at) => [party, at]).filter(([party]) => party.isOwner && (party.address || party.names.length)) : [];
  const names = owners.slice(0, 12).map(([party, at]) => el("li", {}, evidence(label(party, party.names[0] ?? "", true)), el("span", { class: "note" }, ` in ${counted(party.records, "record")}`)));
  return card("Whose, and which accounts",
    names.length ? el("div", {}, el("h3", {}, "The evidence calls these the owner"), el("ul", {}, ...names)) : null,
    el("h3", {}, "Accounts"), firstOf("accounts", 14));
}

const FIRST_IDENTIFIERS = ["imei", "imei2", "meid", "serial", "msisdn", "imsi", "iccid", "eid"];

/** Live ones first; of identifiers those that name handset and SIM. */
function rankOf(place) {
  const kind = FIRST_IDENTIFIERS.indexOf(index.text[place].split(" ")[0]);
  return (index.states[index.state[place]] === "live" ? 0 : 100) + (kind < 0 ? FIRST_IDENTIFIERS.length : kind);
}

/** The first records of a kind as links. */
function firstOf(kind, many) {
  const [first, end] = rangeOf(kind);
  if (!index.ready) return el("p", { class: "note" }, "being read …");
  if (first === end) return el("p", {}, "none found");
  const shown = [];
  const places = Array.from({ length: end - first }, (_, at) => first + at).sort((one, other) => rankOf(one) - rankOf(other) || one - other);
  for (const place of places.slice(0, many)) {
    const state = index.states[index.state[place]];
    shown.push(el("li", {}, el("a", { href: `#/record/${idOf(place)}` }, evidence(index.text[place] || idOf(place))),
      el("span", { class: "note" }, ` ${index.services[index.service[place]]} `), state === "live" ? null : stateMark(state)));
  }
  const more = end - first - many;
  return el("div", {}, el("ul", { class: "short" }, ...shown), more > 0 ? el("a", { href: `#/list/${kind}` }, `and ${number(more)} more`) : null);
}

function readCard() {
  const counts = report.counts ?? {};
  const kinds = Object.entries(counts.kinds ?? {}).map(([kind, count]) => [rangeOf(kind)[1] > rangeOf(kind)[0] ? el("a", { href: kind === "messages" ? "#/conversations" : `#/list/${kind}` }, words(kind)) : words(kind), count]);
  const states = Object.entries(counts.states ?? {}).map(([state, count]) => [stateMark(state), count]);
  const services = Object.entries(counts.services ?? {}).map(([service, count]) => [evidence(service), count]);
  return card("What was read", el("div", { class: "side" }, plainTable(["kind", "records"], kinds), el("div", {}, plainTable(["state", "records"], states)), plainTable(["service", "records"], services)),
    el("p", {}, `${counted((report.files ?? []).length, "file")} read by ${counted((report.tool?.definitions ?? []).length, "definition")}. `, el("a", { href: "#/coverage" }, "Files, tables and sums")));
}

function unreadCard() {
  const findings = report.findings ?? [];
  const losses = findings.filter((finding) => finding.loss);
  const encrypted = report.coverage?.encrypted ?? [];
  const apps = report.coverage?.apps ?? [];
  const by = (status) => apps.filter((app) => app.status === status);
  const parts = [];
  const tell = (title, list, line, where) => {
    if (!list.length) return;
    const shown = list.slice(0, 8).map((one) => el("li", {}, line(one)));
    parts.push(el("h3", {}, `${title} (${number(list.length)})`), el("ul", { class: "short" }, ...shown), list.length > 8 ? el("a", { href: where }, `and ${number(list.length - 8)} more`) : el("a", { href: where }, "details"));
  };
  tell("Could not be read in full", losses, (one) => el("span", {}, one.path ? evidence(`${one.path}: `) : "", evidence(one.message)), "#/findings");
  tell("Encrypted, not opened", encrypted, (one) => el("span", {}, evidence(one.path), `: ${one.what ?? "encrypted"}`, one.needs ? el("span", {}, "; needs ", evidence(one.needs)) : ""), "#/coverage");
  for (const [status, title] of [["failed", "Apps that could not be read"], ["encrypted", "Apps whose files are encrypted"], ["no_definition", "Apps for which there is no definition: not read"]]) {
    tell(title, by(status), (one) => el("span", {}, evidence(one.app), one.installed ? " (installed)" : " (left files)"), "#/coverage");
  }
  const unknown = findings.filter((finding) => finding.code === "database-without-definition");
  tell("Databases that no definition reads", unknown, (one) => evidence(one.path ?? one.message), "#/findings");
  tell("Held by files that no definition reads", report.coverage?.unmapped ?? [], (one) => evidence(one.path ?? JSON.stringify(one)), "#/coverage");
  const asked = scope();
  if (asked.length) parts.push(el("h3", {}, "Left out as asked"), el("ul", {}, ...asked.map((line) => el("li", {}, line))));
  const all = losses.length || encrypted.length ? null : el("p", {}, "What the definitions read could be read in full.");
  return card("What was not read, and why", all, ...parts);
}

/** What the options of the run left out. */
function scope() {
  const options = report.tool?.options ?? {};
  const said = [];
  if (options.content && options.content !== "full") said.push(`contents of messages: --content ${options.content}`);
  if (options.from) said.push(`before ${options.from}`);
  if (options.to) said.push(`from ${options.to} on`);
  if (options.kinds?.length) said.push(`kinds other than ${options.kinds.join(", ")}`);
  if (options.only?.length) said.push(`definitions other than ${options.only.join(", ")}`);
  if (options.views?.length) said.push(`rows of views other than ${options.views.join(", ")}`);
  const withheld = Object.entries(report.counts?.withheld ?? {});
  if (withheld.length) said.push(`withheld: ${withheld.map(([field, count]) => `${field} ${number(count)}`).join(", ")}`);
  return said;
}

function analysisCard() {
  const titles = { duplicates: "messages that stand several times", gaps: "silent spans, missing numbers, one-sided threads", time: "clocks and zones, both sides of one message", attribution: "which handle is tied to which name or device" };
  const lines = Object.entries(titles).map(([list, says]) => {
    const entries = report.analysis?.[list]?.entries ?? 0;
    return el("li", {}, el("a", { href: `#/analysis/${list}` }, `${words(list)}: ${number(entries)}`), el("span", { class: "note" }, ` ${says}`));
  });
  const observations = (report.findings ?? []).filter((finding) => !finding.loss).length;
  lines.push(el("li", {}, el("a", { href: "#/findings" }, `observations: ${number(observations)}`), el("span", { class: "note" }, " rowid gaps, traces of removal, other oddities")));
  return card("What the analysis found", el("ul", { class: "short" }, ...lines), el("p", { class: "note" }, "Entries say what stands in the records, not what it means."));
}

/** What the examiner said of the case, as the report echoes it. */
function caseFacts() {
  return Object.entries(report.case ?? {}).filter(([, value]) => typeof value === "string").map(([name, value]) => [words(name), value]);
}

function evidenceCard() {
  const given = report.evidence ?? {};
  const facts = [...caseFacts(), ["evidence", given.name], ["kind", given.kind], ["files", given.files === undefined ? null : number(given.files)], ["bytes", given.bytes === undefined ? null : number(given.bytes)],
    ["SHA-256", given.sha256], ["tool", `${report.tool?.name ?? ""} ${report.tool?.version ?? ""}`], ["SHA-256 of report.json", head.sha256]];
  const list = el("dl", { class: "facts" });
  for (const [name, value] of facts) if (value) list.append(el("dt", {}, name), el("dd", {}, evidence(value)));
  return card("What was examined", list, el("p", { class: "note" }, "This page shows report.json. Each record says where it is from; affiant verify proves the report against the evidence."));
}
