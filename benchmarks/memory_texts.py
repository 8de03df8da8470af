"""Sentences as agents of a company are told them, made up: as many as wanted, hardly two of them alike.

Each joins two or three clauses of one or several fields of work, whose words are drawn unevenly, as in any language.
"""

import random
from collections.abc import Iterator

_SAME_FIELD, _WHEN_TOLD, _WHY_TOLD = 0.6, 0.5, 0.4


def _words(text: str) -> list[str]:
    return [word.replace("-", " ") for word in text.split()]


def _phrases(text: str) -> list[str]:
    return [phrase.strip() for phrase in text.split(";")]


NAMES = _words("""Ana Boris Chiara Dana Emil Farah Gustav Hana Igor Jonas Kaya Lena Marek Nadia Omar Priya Quentin Rosa Sven
Tomasz Ursula Viktor Wanda Xenia Yusuf Zoe Amelie Bruno Carla Dmitri Elif Fritz Greta Hugo Irene Jamal Katya Luca""")
PLACES = _words("""Turin Gdansk Lisbon Oslo Zurich Vienna Porto Leeds Lyon Ghent Malmo Riga Bonn Graz Split Izmir Seville Basel
Essen Bergen Cork Kyoto Osaka Lagos Nairobi Quito Lima Denver Boston Austin Toronto Sydney Perth Pune Hanoi""")
FIRMS = _words("""Nordmetall Brandt Vandelay Hooli Globex Initech Acme Umbrella Stark Wayne Cyberdyne Tyrell Wonka Duff Oceanic
Soylent Monarch Aperture Dunder Gringotts Sirius Zorin Virtucon Weyland Massive Primatech Bluth Pied Prestige""")
WHEN = _phrases("""on Monday;on Tuesday;on Friday;at weekends;before noon;after six;in spring;in winter;at the end of the quarter;
every week;twice a month;once a year;since last May;until December;within two days;within 30 days;overnight;
during the holidays;after the audit;before each release;when stocks run low;as soon as it is known;
at the latest in June;in the first week of a month;since the merger;only by appointment;by ten in the morning""")
WHY = _phrases("""because customs asked for it;since the law requires it;so that nobody has to wait;to save money;as agreed;
although it is dearer;because a customer complained;if the manager agrees;unless the board objects;at our own risk;
without asking again;which surprised everybody;as the contract says;after a failed attempt;for reasons of safety;
because two of us were ill;in spite of the delay;to be on the safe side;as an experiment;by mistake""")
FIELDS = {
    "purchase": """steel copper timber cardboard glassware cotton solvents bearings screws paint pallets resin coffee
        paper aluminium gravel cables tiles flour leather|are ordered from {firm};cost {number} euros a tonne in {place};
        arrive from {place} with {firm};are of poor quality when {firm} delivers them;must be kept dry;
        have a lead time of {number} days;are paid in advance at {firm};may be replaced by cheaper ones""",
    "sales": """discount offer tender invoice reminder contract prospect renewal commission catalogue price-list voucher
        refund down-payment order quotation subscription bonus campaign showroom|for {firm} is negotiated by {name};
        over {number} euros needs the consent of {name};was lost to {firm};is valid for {number} days;
        of the branch in {place} was extended;must name the buyer's tax number;was sent to {firm} in {place}""",
    "software": """database cluster interface deployment backup migration firewall certificate dashboard queue cache login
        endpoint index pipeline container library server password script|of the shop fails after {number} requests;
        is maintained by {name};runs in the data centre in {place};was moved from {firm} to our own machines;
        answers in {number} milliseconds;is rebuilt at night;may be restarted by {name} alone;holds data of {firm}""",
    "people": """holiday interview training salary contract-of-employment sick-note bicycle workshop lunch mentor shift
        overtime pension notice badge desk appraisal parental-leave team-day vacancy|of {name} is arranged by {name};
        in {place} lasts {number} days;was approved for {name};is recorded in the personnel file;
        costs {number} euros per head;was moved to the office in {place};is planned together with {firm}""",
    "travel": """flight hotel train taxi visa passport conference rental-car ferry airport luggage itinerary booking seat
        insurance exchange-rate tram delay hostel excursion|to {place} is booked by {name};in {place} costs {number} euros;
        near the fair in {place} is full;is paid by {firm};for {name} was cancelled;has to be confirmed {number} days ahead;
        from {place} takes {number} hours""",
    "production": """furnace conveyor press robot boiler pump compressor mould lathe sensor valve turbine forklift generator
        filter gearbox crane welding-torch mixer oven|in hall {number} is serviced by {firm};in {place} stands still;
        needs a spare part from {firm};was repaired by {name};loses {number} litres of oil an hour;
        was inspected by the authority;makes {number} pieces an hour;overheats""",
    "marketing": """newsletter brochure slogan photograph logo survey press-release podcast banner trade-fair sample
        advertisement headline hashtag sponsor jingle billboard testimonial giveaway webinar|is written by {name};
        for {firm} brought {number} replies;in {place} was seen by {number} people;must not show the product of {firm};
        is printed in {place};was praised by {name};goes to {number} addresses""",
    "support": """ticket complaint hotline manual defect warranty replacement callback translation chat-bot escalation
        return outage remote-session review answer apology workaround feedback screenshot|of {firm} is handled by {name};
        number {number} concerns a broken display;from {place} has waited {number} days;was closed by {name};
        goes first to the office in {place};is answered in French by {name};about {firm} was forwarded""",
    "facilities": """heating lift roof parking-space garden canteen elevator window carpet alarm lighting fire-drill
        kitchen toilet meeting-room key water-meter cleaning moving-van lease|in {place} is looked after by {firm};
        on floor {number} is out of order;costs {number} euros a month;was complained about by {name};
        is shared with {firm};has room for {number} people;of the building in {place} is renewed""",
    "finance": """budget tax loan audit dividend balance forecast currency interest-rate leasing depreciation bank account
        donation liability ledger cash-flow grant treasury mortgage|of the branch in {place} amounts to {number} thousand euros;
        is checked by {name};with {firm} was terminated;rises by {number} percent;is reported to the board;
        was explained to {name};in {place} is subject to another law""",
    "laboratory": """sample microscope reagent culture protein centrifuge vaccine spectrum enzyme pipette isotope polymer
        trial placebo antibody hypothesis measurement calibration tissue genome|of series {number} was analysed in {place};
        is stored at minus {number} degrees;was contaminated;is supplied by {firm};was published by {name};
        differs from that of {firm};was repeated by {name} in {place};shows no effect""",
    "farming": """wheat barley orchard vineyard tractor fertiliser irrigation harvest greenhouse cattle poultry beehive
        pasture seedling silo drought pesticide milk olive potato|near {place} yields {number} tonnes;is sold to {firm};
        suffered from frost;is insured with {firm};belongs to the family of {name};was certified as organic;
        needs {number} litres of water a day""",
}  # fmt: skip
_OPENINGS = [
    "",
    "",
    "",
    "Remember that ",
    "Note: ",
    "{name} says that ",
    "We learned that ",
    "In the end, ",
    "So far, ",
]
_JOINTS = [". ", "; ", ", and ", ", but ", ", while "]


def sentences(seed: int) -> Iterator[str]:
    """For ever, the same ones for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - nothing secret
    fields = [_field(text) for text in FIELDS.values()]
    while True:
        first = rng.choice(fields)
        clauses = [
            _clause(rng, first if rng.random() < _SAME_FIELD else rng.choice(fields))
            for _ in range(rng.choice((1, 2, 2, 3)))
        ]
        joined = clauses[0]
        for clause in clauses[1:]:
            joined += rng.choice(_JOINTS) + clause
        yield _filled(rng, rng.choice(_OPENINGS)) + joined + "."


def goals(seed: int) -> Iterator[str]:
    """What an agent may be asked to do, in the same fields of work."""
    rng = random.Random(seed)  # noqa: S311 - nothing secret
    fields = [_field(text) for text in FIELDS.values()]
    asked = ["Find out about the {} in {place} and tell {name}", "Ask {firm} whether the {} can be had {when}",
             "Write to {name} about the {} and the {}", "Check the {} of {firm}, then book the {} for {name}",
             "Why did the {} in {place} cost more than {number} euros", "Compare the {} with that of {firm}"]  # fmt: skip
    while True:
        things, _ = rng.choice(fields)
        words = [_uneven(rng, things) for _ in range(2)]
        yield _filled(
            rng,
            rng.choice(asked).format(
                *words, name="{name}", place="{place}", firm="{firm}", when="{when}", number="{number}"
            ),
        )


def _field(text: str) -> tuple[list[str], list[str]]:
    things, deeds = text.split("|")
    return _words(things), _phrases(deeds)


def _clause(rng: random.Random, field: tuple[list[str], list[str]]) -> str:
    things, deeds = field
    said = f"the {_uneven(rng, things)} {_filled(rng, rng.choice(deeds))}"
    if rng.random() < _WHEN_TOLD:
        said += " " + rng.choice(WHEN)
    if rng.random() < _WHY_TOLD:
        said += " " + rng.choice(WHY)
    return said


def _filled(rng: random.Random, text: str) -> str:
    while "{" in text:
        begin, end = text.index("{"), text.index("}")
        text = text[:begin] + _drawn(rng, text[begin + 1 : end]) + text[end + 1 :]
    return text


def _drawn(rng: random.Random, what: str) -> str:
    match what:
        case "name":
            return _uneven(rng, NAMES)
        case "place":
            return _uneven(rng, PLACES)
        case "firm":
            return _uneven(rng, FIRMS)
        case "when":
            return rng.choice(WHEN)
        case _:
            return str(int(10 ** rng.uniform(0.3, 4)))


def _uneven(rng: random.Random, words: list[str]) -> str:
    """The first ones more often."""
    return words[int(len(words) * rng.random() ** 1.5)]
