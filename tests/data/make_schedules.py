#!/usr/bin/python3
"""Writes tests/data/schedules/expansions.txt: what other programs make of recurrence rules in time zones.

The days and times of a rule are python3-dateutil's, the offsets of the zones are those of Python's zoneinfo; what happens
where clocks change is said here again, in other words than the program's (doc/adr/0006). Each line of the table is
zone|dtstart|rule|exdates|occurrences in UTC, all of them where the line ends with "end".
"""

from __future__ import annotations

import random
import re
from datetime import UTC, date, datetime, timedelta
from itertools import islice, takewhile
from pathlib import Path
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

OUT = Path(__file__).parent / "schedules/expansions.txt"
SHOWN = 12

BY_HAND = [
    # 29 February, month ends, last weekdays, positions.
    ("UTC", "2024-02-29T02:00:00", "FREQ=YEARLY"),
    ("UTC", "2024-02-29T02:00:00", "FREQ=YEARLY;INTERVAL=3"),
    ("Europe/Berlin", "2026-01-01T02:00:00", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29"),
    ("Europe/Berlin", "2026-01-01T02:00:00", "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=29;BYDAY=MO"),
    ("Europe/Berlin", "2026-01-31T02:00:00", "FREQ=MONTHLY"),
    ("Europe/Berlin", "2026-01-01T02:00:00", "FREQ=MONTHLY;BYMONTHDAY=31"),
    ("Europe/Berlin", "2026-01-01T02:00:00", "FREQ=MONTHLY;BYMONTHDAY=-1"),
    ("America/New_York", "2026-01-01T02:00:00", "FREQ=MONTHLY;BYMONTHDAY=-31,15"),
    ("America/New_York", "2026-01-01T02:30:00", "FREQ=MONTHLY;BYDAY=-1FR"),
    ("America/New_York", "2026-01-01T02:30:00", "FREQ=MONTHLY;BYDAY=5WE"),
    ("America/New_York", "2026-01-01T02:30:00", "FREQ=MONTHLY;INTERVAL=5;BYDAY=FR;BYMONTHDAY=13"),
    ("UTC", "2026-01-01T17:00:00", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1"),
    ("UTC", "2026-01-01T17:00:00", "FREQ=MONTHLY;BYDAY=FR;BYHOUR=9,17;BYSETPOS=-1,2"),
    ("UTC", "2026-01-05T01:00:00", "FREQ=WEEKLY;BYDAY=MO,TU,WE;BYSETPOS=-1"),
    ("UTC", "2026-01-05T01:00:00", "FREQ=DAILY;BYHOUR=1,2,3;BYSETPOS=-1"),
    ("UTC", "2026-01-05T01:00:00", "FREQ=YEARLY;BYDAY=MO,TU;BYHOUR=1,2;BYSETPOS=100,-3"),
    # Weeks and years.
    ("UTC", "1997-08-05T09:00:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=MO"),
    ("UTC", "1997-08-05T09:00:00", "FREQ=WEEKLY;INTERVAL=2;BYDAY=TU,SU;WKST=SU"),
    ("Europe/Berlin", "2026-01-06T09:00:00", "FREQ=WEEKLY;INTERVAL=3"),
    ("UTC", "2026-01-06T09:00:00", "FREQ=DAILY;INTERVAL=7;BYDAY=TU"),
    ("UTC", "2026-01-06T09:00:00", "FREQ=YEARLY;BYDAY=20MO,-1SU"),
    ("UTC", "2026-01-06T09:00:00", "FREQ=YEARLY;BYMONTH=3,11;BYDAY=1MO,-1SU"),
    ("UTC", "2026-01-06T09:00:00", "FREQ=YEARLY;BYYEARDAY=1,100,366,-1"),
    ("UTC", "2026-01-06T09:00:00", "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO"),
    ("UTC", "2026-01-06T09:00:00", "FREQ=YEARLY;BYWEEKNO=53;BYDAY=TH"),
    ("UTC", "2026-01-06T09:00:00", "FREQ=YEARLY;BYMONTHDAY=13"),
    ("UTC", "2026-01-06T09:00:00", "FREQ=YEARLY;BYMONTH=3,9"),
    # Days of 23 and 25 hours.
    ("Europe/Berlin", "2026-03-26T02:30:00", "FREQ=DAILY"),
    ("Europe/Berlin", "2026-10-22T02:30:00", "FREQ=DAILY"),
    ("Europe/Berlin", "2026-03-28T00:00:00", "FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=0,30"),
    ("Europe/Berlin", "2026-10-24T00:00:00", "FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=0,30"),
    ("America/New_York", "2026-03-06T02:00:00", "FREQ=DAILY"),
    ("America/New_York", "2026-10-30T01:00:00", "FREQ=DAILY;BYHOUR=0,1,2"),
    ("Australia/Lord_Howe", "2026-10-02T02:15:00", "FREQ=DAILY"),
    ("Australia/Lord_Howe", "2026-04-03T01:45:00", "FREQ=DAILY;BYMINUTE=15,45"),
    ("Asia/Kathmandu", "2026-10-02T00:00:00", "FREQ=DAILY;BYHOUR=0,5;BYMINUTE=0,45"),
    ("Pacific/Apia", "2011-12-28T12:00:00", "FREQ=DAILY"),
    ("Africa/Casablanca", "2026-02-13T02:30:00", "FREQ=DAILY"),
    # Every real hour once.
    ("Europe/Berlin", "2026-03-28T22:00:00", "FREQ=HOURLY"),
    ("Europe/Berlin", "2026-10-24T22:30:00", "FREQ=HOURLY"),
    ("Europe/Berlin", "2026-10-24T20:00:00", "FREQ=HOURLY;INTERVAL=3"),
    ("Europe/Berlin", "2026-10-25T01:30:00", "FREQ=HOURLY;BYMINUTE=0,20,40"),
    ("America/New_York", "2026-03-08T00:00:00", "FREQ=MINUTELY;INTERVAL=25"),
    ("America/New_York", "2026-11-01T00:40:00", "FREQ=MINUTELY;INTERVAL=20"),
    ("Australia/Lord_Howe", "2026-10-04T00:30:00", "FREQ=HOURLY;BYMINUTE=0,15,30,45"),
    ("Australia/Lord_Howe", "2026-04-05T00:30:00", "FREQ=MINUTELY;BYMINUTE=0,15,30,45"),
    ("Australia/Lord_Howe", "2026-04-04T22:45:00", "FREQ=HOURLY"),
    ("Asia/Kathmandu", "2026-04-04T22:45:00", "FREQ=HOURLY;INTERVAL=5"),
    ("UTC", "2026-01-01T00:00:00", "FREQ=MINUTELY;INTERVAL=7;BYDAY=SA;BYHOUR=9"),
    ("Pacific/Apia", "2011-12-29T20:00:00", "FREQ=HOURLY"),
    # Ends and exceptions.
    ("Europe/Berlin", "2026-10-23T02:30:00", "FREQ=DAILY;UNTIL=20261026T013000Z"),
    ("Europe/Berlin", "2026-10-23T02:30:00", "FREQ=DAILY;UNTIL=20261026T012959Z"),
    ("Europe/Berlin", "2026-10-23T02:30:00", "FREQ=DAILY;UNTIL=20261026T023000"),
    ("Europe/Berlin", "2026-10-23T02:30:00", "FREQ=DAILY;UNTIL=20261026T022959"),
    ("Europe/Berlin", "2026-10-23T23:59:59", "FREQ=DAILY;UNTIL=20261026"),
    ("Europe/Berlin", "2026-10-25T01:00:00", "FREQ=HOURLY;UNTIL=20261025T003000Z"),
    ("Europe/Berlin", "2026-10-25T01:00:00", "FREQ=HOURLY;UNTIL=20261025T020000"),
    ("Europe/Berlin", "2026-03-27T02:30:00", "FREQ=DAILY;COUNT=5"),
    ("Europe/Berlin", "2026-10-25T01:00:00", "FREQ=HOURLY;COUNT=4"),
    ("UTC", "2026-01-01T00:00:00", "FREQ=MONTHLY;BYMONTHDAY=31;COUNT=3"),
    ("Europe/Berlin", "2026-03-27T02:30:00", "FREQ=DAILY;COUNT=5", "2026-03-28T02:30:00", "2026-03-29T02:30:00"),
    ("Europe/Berlin", "2026-10-25T01:00:00", "FREQ=HOURLY", "2026-10-25T02:00:00", "2026-10-25T04:00:01"),
    ("Europe/Berlin", "2026-03-28T02:30:00", "FREQ=DAILY;BYHOUR=2,3", "2026-03-29T02:30:00"),
]
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]


def instants(wall: datetime, zone: ZoneInfo, frequency: str) -> list[datetime]:
    both = [wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    if frequency not in ("HOURLY", "MINUTELY"):
        return both[:1]  # fold 0: the first of two; within a gap, the offset before it
    return sorted({at for at in both if at.astimezone(zone).replace(tzinfo=None) == wall})


def bound(rule: str, name: str) -> str:
    found = re.search(rf"{name}=([^;]+)", rule)
    return found[1] if found else ""


def expand(zone: str, dtstart: str, rule: str, exdates: list[str]) -> tuple[list[datetime], bool]:
    start = datetime.fromisoformat(dtstart)
    bare = re.sub(r";(UNTIL|COUNT)=[^;]+", "", rule)
    last = start + timedelta(days=int(365.25 * 90))
    walls = list(islice(takewhile(lambda wall: wall < last, rrulestr(bare, dtstart=start)), 8 * SHOWN))
    frequency = bound(rule, "FREQ")
    all_of = [(at, wall) for wall in walls for at in instants(wall, ZoneInfo(zone), frequency)]
    seen: dict[datetime, set[datetime]] = {}
    for at, wall in all_of:
        seen.setdefault(at, set()).add(wall)
    until = bound(rule, "UNTIL")
    keep = sorted(seen)
    if len(until) == 8:
        end = datetime.combine(date.fromisoformat(until), datetime.max.time())
        keep = [at for at in keep if min(seen[at]) <= end]
    elif until.endswith("Z"):
        keep = [at for at in keep if at <= datetime.fromisoformat(until)]
    elif until:
        keep = [at for at in keep if min(seen[at]) <= datetime.fromisoformat(until)]
    count = int(bound(rule, "COUNT") or len(keep))
    keep = keep[:count]
    removed = {datetime.fromisoformat(text) for text in exdates}
    keep = [at for at in keep if seen[at] - removed]
    return keep[:SHOWN], bool(until or bound(rule, "COUNT")) and len(keep) <= SHOWN


def by_chance(chance: random.Random) -> tuple[str, ...]:
    def some(numbers: list[int]) -> str:
        return ",".join(map(str, chance.sample(numbers, chance.randint(1, 3))))

    frequency = chance.choice(["MINUTELY", "HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"])
    slow = frequency not in ("MINUTELY", "HOURLY")
    longest = {"MINUTELY": 2000, "HOURLY": 100, "DAILY": 40, "WEEKLY": 6, "MONTHLY": 14, "YEARLY": 3}[frequency]
    parts = [f"FREQ={frequency}"]
    if chance.random() < 0.5:
        parts.append(f"INTERVAL={chance.randint(2, longest)}")
    if chance.random() < 0.3:
        parts.append(f"WKST={chance.choice(['SU', 'MO', 'WE'])}")
    weeks = frequency == "YEARLY" and chance.random() < 0.25
    days = chance.sample(["MO", "TU", "WE", "TH", "FR", "SA", "SU"], chance.randint(1, 4))
    if weeks:
        parts.append(f"BYWEEKNO={some([*range(2, 52), -2, -20])}")
    if weeks or chance.random() < 0.4:
        if frequency in ("MONTHLY", "YEARLY") and not weeks and chance.random() < 0.5:
            days = [f"{chance.choice([1, 2, 3, 4, -1, -2])}{day}" for day in days]
        parts.append("BYDAY=" + ",".join(days))
    if slow and not weeks and chance.random() < 0.25:
        parts.append(f"BYMONTH={some(list(range(1, 13)))}")
    if frequency in ("DAILY", "MONTHLY", "YEARLY") and not weeks and chance.random() < 0.3:
        parts.append(f"BYMONTHDAY={some([*range(1, 32), *range(-31, 0)])}")
    if frequency == "YEARLY" and not weeks and chance.random() < 0.15:
        parts.append(f"BYYEARDAY={some([*range(1, 367), *range(-366, 0)])}")
    for name, top, odds in (("BYHOUR", 23, 0.4), ("BYMINUTE", 59, 0.3), ("BYSECOND", 59, 0.1)):
        if chance.random() < odds:
            parts.append(f"{name}={some(list(range(top + 1)))}")
    expands = any(part.startswith("BY") for part in parts)
    if frequency in ("DAILY", "MONTHLY", "YEARLY") and expands and chance.random() < 0.3:
        parts.append(f"BYSETPOS={some([1, 2, 3, 5, -1, -2])}")
    start = datetime(2020, 1, 1) + timedelta(minutes=chance.randrange(0, 7 * 365 * 24 * 60))
    return (chance.choice(ZONES), start.isoformat(), ";".join(parts))


def main() -> None:
    chance = random.Random(1)
    lines = ["# Made by tests/data/make_schedules.py: zone|dtstart|rule|exdates|occurrences."]
    rows: list[tuple[str, ...]] = [*BY_HAND]
    while len(rows) < len(BY_HAND) + 300:
        row = by_chance(chance)
        try:
            if len(expand(row[0], row[1], row[2], [])[0]) >= 3:
                rows.append(row)
        except ValueError:
            pass  # dateutil refuses what never occurs
    for zone, dtstart, rule, *exdates in rows:
        occurrences, ends = expand(zone, dtstart, rule, exdates)
        texts = [at.strftime("%Y-%m-%dT%H:%M:%SZ") for at in occurrences] + ["end"] * ends
        lines.append("|".join([zone, dtstart, rule, ",".join(exdates), " ".join(texts)]))
    OUT.parent.mkdir(exist_ok=True)
    OUT.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
