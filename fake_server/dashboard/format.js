// Times, durations, numbers and sizes as the page writes them.
const MINUS = "\u2212";
const grouped = new Intl.NumberFormat("en-US");

export const number = (value) => (value < 0 ? MINUS : "") + grouped.format(Math.abs(value));
export const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;
export const percent = (part, whole) => (whole ? `${Math.round((100 * part) / whole)}%` : "0%");
export const signed = (value, digits) => (value < 0 ? MINUS : "+") + Math.abs(value).toFixed(digits);
export const size = (bytes) =>
  bytes < 10_000 ? count(bytes, "byte") : bytes < 10_000_000 ? `${number(Math.round(bytes / 1000))} kB` : `${number(Math.round(bytes / 1e6))} MB`;

export function duration(seconds) {
  if (seconds < 0) return MINUS + duration(-seconds);
  if (seconds < 0.1) return `${(seconds * 1000).toFixed(1)} ms`;
  if (seconds < 60) return `${seconds.toFixed(2)} s`;
  const whole = Math.round(seconds);
  const days = Math.floor(whole / 86_400);
  const hours = Math.floor((whole % 86_400) / 3600);
  const minutes = Math.floor((whole % 3600) / 60);
  if (days) return `${count(days, "day")} ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return whole % 60 ? `${minutes} min ${whole % 60} s` : `${minutes} min`;
}

const two = (value) => String(value).padStart(2, "0");

// The time of day, in the zone that the view "Time" chose; never "3 minutes ago".
export function clock(iso, utc, millis = true) {
  const moment = new Date(iso);
  if (Number.isNaN(moment.getTime())) return "";
  const [hours, minutes, seconds] = utc
    ? [moment.getUTCHours(), moment.getUTCMinutes(), moment.getUTCSeconds()]
    : [moment.getHours(), moment.getMinutes(), moment.getSeconds()];
  const text = `${two(hours)}:${two(minutes)}:${two(seconds)}`;
  return millis ? `${text}.${String(moment.getUTCMilliseconds()).padStart(3, "0")}` : text;
}

export const exact = (iso) => (iso ? new Date(iso).toISOString().replace("T", " ").replace("Z", " UTC") : "");
export const ordinal = (rank) => {
  const tens = rank % 100;
  return `${rank}${tens > 10 && tens < 14 ? "th" : ["th", "st", "nd", "rd"][rank % 10] || "th"}`;
};
