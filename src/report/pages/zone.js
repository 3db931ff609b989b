// Times are UTC; the zone is a way to show them, and its offset stands beside every time.

const QUARTER = 900_000;
const zone = { name: "UTC", offset: () => 0 };

/** Chooses a zone: "UTC", a fixed offset such as "+02:00", or a name of the IANA database that the browser knows. */
function chooseZone(name) {
  const fixed = /^([+-])(\d\d):(\d\d)$/.exec(name);
  zone.name = name;
  if (name === "UTC") zone.offset = () => 0;
  else if (fixed) {
    const offset = (fixed[1] === "-" ? -1 : 1) * (Number(fixed[2]) * 60 + Number(fixed[3])) * 60_000;
    zone.offset = () => offset;
  } else zone.offset = namedOffset(name);
}

/** Offsets change at quarters of an hour at most, so one is asked for each quarter that is needed. */
function namedOffset(name) {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: name, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  });
  const known = new Map();
  return (moment) => {
    const quarter = Math.floor(moment / QUARTER);
    let offset = known.get(quarter);
    if (offset === undefined) {
      const at = Object.fromEntries(format.formatToParts(quarter * QUARTER).map((part) => [part.type, Number(part.value)]));
      const local = new Date(0);
      local.setUTCFullYear(at.year, at.month - 1, at.day);
      local.setUTCHours(at.hour, at.minute, at.second);
      offset = local.getTime() - quarter * QUARTER;
      known.set(quarter, offset);
    }
    return offset;
  };
}

/** The names that can be chosen; the handset's own first. */
function zoneNames(handset) {
  const fixed = [];
  for (let minutes = -12 * 60; minutes <= 14 * 60; minutes += 30) if (minutes) fixed.push(writtenOffset(minutes * 60_000));
  const named = typeof Intl.supportedValuesOf === "function" ? Intl.supportedValuesOf("timeZone") : [];
  const own = handset && named.includes(handset) ? [handset] : [];
  return { own, fixed, named };
}

function writtenOffset(offset) {
  const seconds = Math.round(Math.abs(offset) / 1000);
  const two = (value) => String(value).padStart(2, "0");
  const rest = seconds % 60 ? `:${two(seconds % 60)}` : "";
  return `${offset < 0 ? "-" : "+"}${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}${rest}`;
}

/** A moment as local time of the zone, as a Date whose UTC fields are the local ones. */
function local(moment) {
  return new Date(moment + zone.offset(moment));
}

/** "2023-11-14". */
function day(moment) {
  return local(moment).toISOString().slice(0, 10);
}

/** "2023-11-14 22:13:20 +00:00". */
function time(moment) {
  if (!Number.isFinite(moment)) return "no time known";
  const written = local(moment).toISOString();
  const rest = moment % 1000 ? written.slice(19, 23) : "";
  return `${written.slice(0, 10)} ${written.slice(11, 19)}${rest} ${writtenOffset(zone.offset(moment))}`;
}

/** The moment of a local time that was typed in ("2023-11-14", "2023-11-14 22:13", "2023-11-14 22:13:20"); NaN where it is none. */
function momentOf(typed) {
  const parts = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(:\d\d)?)?$/.exec(typed.trim());
  if (!parts) return NaN;
  const read = Date.parse(`${parts[1]}T${parts[2] ?? "00:00"}${parts[3] ?? ":00"}Z`);
  if (Number.isNaN(read)) return NaN;
  return read - zone.offset(read - zone.offset(read));
}

const WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/** Weekday, counted from Monday, and hour. */
function weekdayAndHour(moment) {
  const at = local(moment);
  return [(at.getUTCDay() + 6) % 7, at.getUTCHours()];
}
