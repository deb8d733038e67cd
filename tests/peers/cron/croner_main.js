// croner as an oracle. The first line of stdin is JSON: of each zone the changes of its offset as [instant, seconds before,
// seconds after]. Each further line is JSON too: [AFTER in microseconds since 1970, ZONE, PATTERN, OPTIONS, "forth" or
// "back", whether the second passage of an overlap counts]; its answer is five ticks in seconds. Without further lines it
// tells of itself, and which zones have other offsets here.
const { Cron } = require("croner");

const TICKS = 5, DAY = 86400;
const [head, ...lines] = require("fs").readFileSync(0, "utf8").split("\n").filter(Boolean);
const changes = JSON.parse(head);

function offset(clock, instant) {
  const parts = Object.fromEntries(clock.formatToParts(instant * 1000).map(({ type, value }) => [type, Number(value)]));
  return Date.UTC(parts.year, parts.month - 1, parts.day, parts.hour, parts.minute, parts.second) / 1000 - instant;
}

// Whether the zone is known here, with each of its changes and none between them.
function isSame(zone) {
  let clock;
  try {
    const [year, month, day, hour, minute, second] = Array(6).fill("numeric");
    clock = new Intl.DateTimeFormat("en-US", { timeZone: zone, hourCycle: "h23", year, month, day, hour, minute, second });
  } catch (error) {
    return false;
  }
  return changes[zone].every(([at, before, after], i) => {
    const next = i + 1 < changes[zone].length ? changes[zone][i + 1][0] : at;
    for (let t = at; t < next; t += 30 * DAY) {
      if (offset(clock, t) !== after) return false;
    }
    return offset(clock, at - 1) === before;
  });
}

function isSecondPassage(zone, second) {
  return changes[zone].some(([at, before, after]) => at <= second && second < at + before - after);
}

function ticks([after, zone, pattern, options, way, twice]) {
  const job = new Cron(pattern, { timezone: zone, paused: true, ...options });
  const found = [];
  for (let at = new Date(way === "back" ? Math.ceil(after / 1000) : Math.floor(after / 1000)); found.length < TICKS;) {
    at = way === "back" ? job.previousRuns(1, at)[0] : job.nextRun(at);
    if (!at) break;
    if (twice || !isSecondPassage(zone, at.getTime() / 1000)) found.push(at.getTime() / 1000);
  }
  return found.join(" ");
}

if (lines.length === 0) {
  const others = Object.keys(changes).filter((zone) => !isSame(zone));
  console.log(JSON.stringify({ version: require("croner/package.json").version, tzdata: process.versions.tz, others }));
}
for (const line of lines) {
  let answer;
  try {
    answer = ticks(JSON.parse(line));
  } catch (error) {
    answer = "refused: " + error.message;
  }
  console.log(answer);
}
