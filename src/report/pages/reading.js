// How the evidence was read: findings, coverage, and the entries of the analysis.

function drawFindings(main) {
  const all = [...(report.findings ?? [])].sort((one, other) => Number(other.loss) - Number(one.loss));
  const losses = all.filter((finding) => finding.loss).length;
  const list = new List({ label: "Findings", guess: 66, render: (at) => {
    const finding = all[at];
    const place = [finding.path, finding.table && `table ${finding.table}`, finding.rowid !== undefined && `rowid ${finding.rowid}`, finding.field && `field ${finding.field}`,
      finding.page !== undefined && `page ${finding.page}`, finding.offset !== undefined && `offset ${hex(finding.offset)}${finding.source ? ` of ${finding.source}` : ""}`].filter(Boolean).join(", ");
    return el("div", { class: "finding" }, el("div", {}, el("span", { class: `state ${finding.loss ? "deleted" : "live"}` }, finding.loss ? "loss" : "observed"), " ", el("b", {}, evidence(finding.code)), finding.more ? ` and ${number(finding.more)} more` : ""),
      el("div", {}, evidence(finding.message)), el("div", { class: "note" }, evidence(place)));
  } });
  main.replaceChildren(el("h1", {}, `Findings: ${number(losses)} ${losses === 1 ? "loss" : "losses"}, ${counted(all.length - losses, "observation")}`),
    el("p", { class: "note" }, "A loss: some evidence could not be read. An observation: something odd that was read."), list.element);
  list.reset(all.length);
}

const STATUS = { parsed: "read", empty: "read; nothing in it", failed: "could not be read", encrypted: "its files look encrypted", no_definition: "no definition reads it" };

function drawCoverage(main) {
  const coverage = report.coverage ?? {};
  const files = new Map((report.files ?? []).map((file) => [file.id, file]));
  const apps = (coverage.apps ?? []).map((app) => [evidence(app.app), STATUS[app.status] ?? app.status, app.installed ? "installed" : "left files", app.records]);
  const encrypted = (coverage.encrypted ?? []).map((one) => [evidence(one.path), evidence(one.what ?? ""), evidence(one.why ?? ""), evidence(one.needs ?? ""), one.tried ?? 0]);
  const unmapped = (coverage.unmapped ?? []).map((one) => [evidence(one.path ?? ""), evidence(JSON.stringify(Object.fromEntries(Object.entries(one).filter(([name]) => name !== "path"))))]);
  const tables = (coverage.tables ?? []).map((table) => [evidence(files.get(table.file)?.path ?? String(table.file)), evidence(table.table), table.kind, evidence(table.artifact), table.rows, table.records, excluded(table), table.repeated, table.unreadable]);
  const read = (report.files ?? []).map((file) => [evidence(file.path), file.size, evidence(file.sha256 ?? ""), evidence(file.definitions?.join(", ") ?? ""), evidence((file.unread_tables ?? []).join(", "))]);
  const definitions = (report.tool?.definitions ?? []).map((one) => [evidence(one.id), String(one.version), evidence(one.sha256)]);
  const section = (title, says, heads, rows, open) => el("details", { open }, el("summary", {}, el("h2", {}, `${title} (${number(rows.length)})`)), el("p", { class: "note" }, says), el("div", { class: "wide" }, cappedTable(heads, rows)));
  main.replaceChildren(el("h1", {}, "Coverage"), el("div", { class: "scroll" },
    section("Apps", "An app that was never used and an app that nobody can read do not look the same here.", ["app", "what became of it", "", "records"], apps, true),
    section("Encrypted, not opened", "Keys given with --keys open them.", ["file", "what", "why that is thought", "needs", "keys tried"], encrypted, encrypted.length > 0),
    ...(unmapped.length ? [section("Files that no definition reads", "What they hold, by its names alone.", ["file", "what it holds"], unmapped, false)] : []),
    section("Tables", "rows = records + excluded + repeated + unreadable", ["file", "table", "kind", "definition", "rows", "records", "excluded", "repeated", "unreadable"], tables, false),
    section("Files read", "Tables that no definition reads stand last.", ["file", "bytes", "SHA-256", "definitions", "tables not read"], read, false),
    section("Definitions", "Which definitions read something, and their bytes.", ["definition", "version", "SHA-256"], definitions, false)));
}

function excluded(table) {
  return typeof table.excluded === "number" ? table.excluded : evidence(Object.entries(table.excluded ?? {}).map(([why, count]) => `${why} ${number(count)}`).join(", "));
}

/** A table that does not fill the page with more rows than anybody reads at once. */
function cappedTable(heads, rows) {
  const shown = 1000;
  const holder = el("div", {}, plainTable(heads, rows.slice(0, shown)));
  if (rows.length > shown) holder.append(el("button", { type: "button", on: { click: () => holder.replaceChildren(plainTable(heads, rows)) } }, `Show all ${number(rows.length)} rows`));
  return holder;
}

async function drawAnalysis(main, chosen) {
  const lists = ["duplicates", "gaps", "time", "attribution"];
  const name = lists.includes(chosen) ? chosen : lists[0];
  const tabs = lists.map((list) => el("a", { href: `#/analysis/${list}`, "aria-current": list === name ? "page" : false }, `${list} (${number(report.analysis?.[list]?.entries ?? 0)})`));
  const heading = el("h1", {}, "Analysis");
  main.replaceChildren(heading, el("nav", { class: "sub", "aria-label": "Lists of the analysis" }, ...tabs), el("p", {}, "being read …"));
  const [rules, entries] = [await entriesOf("rules"), await entriesOf(name)];
  const says = new Map(rules.map((rule) => [rule.rule, rule.says]));
  const list = new List({ label: `Analysis: ${name}`, guess: 110, render: (at) => entryOf(entries[at], says) });
  main.lastChild.replaceWith(list.element);
  if (!entries.length) list.element.replaceWith(el("p", {}, "Nothing of this was found."));
  list.reset(entries.length);
}

async function entriesOf(list) {
  const entries = [];
  for (let part = 0; part < (head.parts[`analysis-${list}`] ?? 0); part += 1) {
    const read = await partSoon(`analysis-${list}`, part);
    for (const value of read.values) entries.push(decode(value, read.shapes));
  }
  return entries;
}

function entryOf(entry, says) {
  const facts = el("dl", { class: "facts" });
  for (const [name, value] of Object.entries(entry)) {
    if (["rule", "records", "more"].includes(name)) continue;
    const shown = value !== null && typeof value === "object" ? JSON.stringify(value) : String(value ?? "");
    facts.append(el("dt", {}, words(name)), el("dd", {}, evidence(shown)));
  }
  const records = (entry.records ?? []).slice(0, 12).map((id) => el("a", { href: `#/record/${id}` }, recordLine(id)));
  const more = (entry.records ?? []).length - records.length + (entry.more ?? 0);
  return el("div", { class: "finding" }, el("div", {}, el("b", {}, words(entry.rule)), el("span", { class: "note" }, ` ${says.get(entry.rule) ?? ""}`)), facts,
    el("div", { class: "links" }, ...records, more > 0 ? ` and ${number(more)} more` : ""));
}

/** A record in one line, by its id. */
function recordLine(id) {
  const place = placeOf(id);
  if (place < 0) return evidence(id);
  return el("span", {}, `${time(index.time[place])} `, evidence((index.text[place] || id).slice(0, 60)));
}
