// aws-cron-parser as an oracle. Each line of stdin is "AFTER<tab>FIELDS", AFTER in microseconds since 1970; each line of
// stdout has the next five ticks in seconds since 1970, and "but backwards ..." where its way back is another one.
const cron = require("aws-cron-parser");

function ticks(after, fields) {
  const parsed = cron.parse(fields);
  const found = [];
  for (let at = new Date(Math.floor(after / 1000)); found.length < 5;) {
    at = cron.next(parsed, at);
    if (!at) break;
    found.push(at.getTime() / 1000);
  }
  return found.join(" ");
}

for (const line of require("fs").readFileSync(0, "utf8").split("\n")) {
  if (!line) continue;
  const [after, fields] = line.split("\t");
  let answer;
  try {
    answer = ticks(Number(after), fields);
  } catch (error) {
    answer = "refused: " + error.message;
  }
  console.log(answer);
}
