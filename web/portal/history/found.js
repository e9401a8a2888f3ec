// When a history was found that nobody has asked for yet.

import { DAY } from '/static/shared/dates.js';
import { locale as here, say } from '/static/shared/words.js';

/** `overnight at 03:12` for what was found in the last night, else by the day; in the reader's own time zone. */
export function toFoundText(found, now = new Date(), locale = here) {
  const moment = new Date(found);
  const time = new Intl.DateTimeFormat(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(moment);
  if (isOfLastNight(moment, now)) return say('overnight at {time}', { time });
  if (moment.toDateString() === now.toDateString()) return say('today at {time}', { time });
  return say('on {date} at {time}', { date: new Intl.DateTimeFormat(locale, DAY).format(moment), time });
}

/** From eight in the evening until six, seen from the hours after it. */
function isOfLastNight(moment, now) {
  const [begins, ends] = [[-1, 20], [0, 6]].map(([day, hour]) => new Date(now.getFullYear(), now.getMonth(), now.getDate() + day, hour));
  return begins <= moment && moment < ends && now >= ends;
}
