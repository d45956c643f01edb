"""The tables and queries of TPC-H, made on the spot: what comes out depends on the scale factor alone.

Follows the TPC Benchmark H specification, revision 3: chapter 1 for the tables, 4.2 for what fills them, 2.4 for the
queries with their validation parameters. The texts of comments come from a smaller grammar than the specification's, so
that answers are compared between engines that hold the same rows, and not with the published answer set. Money is REAL,
a date is TEXT in ISO form, and the queries are written for SQLite.

`DDL`, `INDEXES`, `generate(scale)` and `queries(scale)` are what a program needs, `perf.py` among them.
"""

import datetime
import pathlib
import random
from collections.abc import Iterator

Rows = list[tuple[object, ...]]


def words(text: str) -> list[str]:
    """The words of a text."""
    return text.split()


DDL = (
    "CREATE TABLE region (r_regionkey INTEGER PRIMARY KEY, r_name TEXT NOT NULL, r_comment TEXT)",
    """CREATE TABLE nation (n_nationkey INTEGER PRIMARY KEY, n_name TEXT NOT NULL,
        n_regionkey INTEGER NOT NULL REFERENCES region, n_comment TEXT)""",
    """CREATE TABLE part (p_partkey INTEGER PRIMARY KEY, p_name TEXT NOT NULL, p_mfgr TEXT NOT NULL,
        p_brand TEXT NOT NULL, p_type TEXT NOT NULL, p_size INTEGER NOT NULL, p_container TEXT NOT NULL,
        p_retailprice REAL NOT NULL, p_comment TEXT NOT NULL)""",
    """CREATE TABLE supplier (s_suppkey INTEGER PRIMARY KEY, s_name TEXT NOT NULL, s_address TEXT NOT NULL,
        s_nationkey INTEGER NOT NULL REFERENCES nation, s_phone TEXT NOT NULL, s_acctbal REAL NOT NULL,
        s_comment TEXT NOT NULL)""",
    """CREATE TABLE partsupp (ps_partkey INTEGER NOT NULL REFERENCES part,
        ps_suppkey INTEGER NOT NULL REFERENCES supplier, ps_availqty INTEGER NOT NULL,
        ps_supplycost REAL NOT NULL, ps_comment TEXT NOT NULL, PRIMARY KEY (ps_partkey, ps_suppkey))""",
    """CREATE TABLE customer (c_custkey INTEGER PRIMARY KEY, c_name TEXT NOT NULL, c_address TEXT NOT NULL,
        c_nationkey INTEGER NOT NULL REFERENCES nation, c_phone TEXT NOT NULL, c_acctbal REAL NOT NULL,
        c_mktsegment TEXT NOT NULL, c_comment TEXT NOT NULL)""",
    """CREATE TABLE orders (o_orderkey INTEGER PRIMARY KEY, o_custkey INTEGER NOT NULL REFERENCES customer,
        o_orderstatus TEXT NOT NULL, o_totalprice REAL NOT NULL, o_orderdate TEXT NOT NULL,
        o_orderpriority TEXT NOT NULL, o_clerk TEXT NOT NULL, o_shippriority INTEGER NOT NULL,
        o_comment TEXT NOT NULL)""",
    """CREATE TABLE lineitem (l_orderkey INTEGER NOT NULL REFERENCES orders,
        l_partkey INTEGER NOT NULL REFERENCES part, l_suppkey INTEGER NOT NULL REFERENCES supplier,
        l_linenumber INTEGER NOT NULL, l_quantity REAL NOT NULL, l_extendedprice REAL NOT NULL,
        l_discount REAL NOT NULL, l_tax REAL NOT NULL, l_returnflag TEXT NOT NULL, l_linestatus TEXT NOT NULL,
        l_shipdate TEXT NOT NULL, l_commitdate TEXT NOT NULL, l_receiptdate TEXT NOT NULL,
        l_shipinstruct TEXT NOT NULL, l_shipmode TEXT NOT NULL, l_comment TEXT NOT NULL,
        PRIMARY KEY (l_orderkey, l_linenumber))""",
)

# One for each foreign key that no primary key begins with.
INDEXES = (
    "CREATE INDEX supplier_nation ON supplier (s_nationkey)",
    "CREATE INDEX customer_nation ON customer (c_nationkey)",
    "CREATE INDEX partsupp_supplier ON partsupp (ps_suppkey)",
    "CREATE INDEX orders_customer ON orders (o_custkey)",
    "CREATE INDEX lineitem_part ON lineitem (l_partkey, l_suppkey)",
    "CREATE INDEX lineitem_supplier ON lineitem (l_suppkey)",
)

REGIONS = ("AFRICA", "AMERICA", "ASIA", "EUROPE", "MIDDLE EAST")
NATIONS = (
    ("ALGERIA", 0), ("ARGENTINA", 1), ("BRAZIL", 1), ("CANADA", 1), ("EGYPT", 4), ("ETHIOPIA", 0), ("FRANCE", 3),
    ("GERMANY", 3), ("INDIA", 2), ("INDONESIA", 2), ("IRAN", 4), ("IRAQ", 4), ("JAPAN", 2), ("JORDAN", 4),
    ("KENYA", 0), ("MOROCCO", 0), ("MOZAMBIQUE", 0), ("PERU", 1), ("CHINA", 2), ("ROMANIA", 3),
    ("SAUDI ARABIA", 4), ("VIETNAM", 2), ("RUSSIA", 3), ("UNITED KINGDOM", 3), ("UNITED STATES", 1),
)  # fmt: skip
COLOURS = words("""almond antique aquamarine azure beige bisque black blanched blue blush brown burlywood burnished
chartreuse chiffon chocolate coral cornflower cornsilk cream cyan dark deep dim dodger drab firebrick floral forest
frosted gainsboro ghost goldenrod green grey honeydew hot indian ivory khaki lace lavender lawn lemon light lime linen
magenta maroon medium metallic midnight mint misty moccasin navajo navy olive orange orchid pale papaya peach peru
pink plum powder puff purple red rose rosy royal saddle salmon sandy seashell sienna sky slate smoke snow spring steel
tan thistle tomato turquoise violet wheat white yellow""")
SEGMENTS = ("AUTOMOBILE", "BUILDING", "FURNITURE", "MACHINERY", "HOUSEHOLD")
PRIORITIES = ("1-URGENT", "2-HIGH", "3-MEDIUM", "4-NOT SPECIFIED", "5-LOW")
INSTRUCTIONS = ("DELIVER IN PERSON", "COLLECT COD", "NONE", "TAKE BACK RETURN")
MODES = ("REG AIR", "AIR", "RAIL", "SHIP", "TRUCK", "MAIL", "FOB")
SIZES = ("STANDARD", "SMALL", "MEDIUM", "LARGE", "ECONOMY", "PROMO")
FINISHES = ("ANODIZED", "BURNISHED", "PLATED", "POLISHED", "BRUSHED")
METALS = ("TIN", "NICKEL", "BRASS", "STEEL", "COPPER")
BOXES = tuple(
    f"{size} {shape}"
    for size in ("SM", "LG", "MED", "JUMBO", "WRAP")
    for shape in ("CASE", "BOX", "BAG", "JAR", "PKG", "PACK", "CAN", "DRUM")
)
NOUNS = words("""packages requests accounts deposits foxes ideas theodolites instructions dependencies excuses platelets
asymptotes courts dolphins multipliers sauternes warthogs frets dinos attainments somas braids hockey players""")
VERBS = words(
    "sleep wake haggle nag use boost affix detect integrate cajole solve engage hinder print doubt unwind"
)
ADJECTIVES = words(
    "furious sly careful blithe quick fluffy slow quiet ruthless thin close dogged daring bold special"
)
ADVERBS = words("sometimes always never furiously slyly carefully blithely quickly fluffily quietly finally")
ALPHABET = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ, "

FIRST_DAY = datetime.date(1992, 1, 1)
# Every day that a row can name, by its number from FIRST_DAY.
DAYS = tuple((FIRST_DAY + datetime.timedelta(days)).isoformat() for days in range(2557))
LAST_ORDER = 2557 - 151 - 1
TODAY = "1995-06-17"


class Source:
    """The random numbers of one table, and the forms in which the specification asks for them."""

    def __init__(self, table: str) -> None:
        """Begin at the same place each time for the same table."""
        self.random = random.Random(f"tpch {table}")
        self.choice = self.random.choice
        self.phrases = [self.sentence() for _ in range(20_000)]

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both included."""
        return low + int(self.random.random() * (high - low + 1))

    def money(self, low: int, high: int) -> float:
        """An amount from `low` to `high`, given in cents."""
        return self.whole(low, high) / 100

    def sentence(self) -> str:
        """Some words that mean nothing."""
        choice = self.choice
        return f"{choice(ADVERBS)} {choice(ADJECTIVES)} {choice(NOUNS)} {choice(VERBS)} {choice(ADVERBS)}"

    def comment(self, longest: int) -> str:
        """A text between two fifths and the whole of `longest`."""
        length = self.whole(longest * 2 // 5, longest)
        text = self.choice(self.phrases)
        while len(text) < length:
            text = f"{text}. {self.choice(self.phrases)}"
        return text[:length]

    def address(self) -> str:
        """From 10 to 40 letters, digits, commas and spaces."""
        return "".join(self.random.choices(ALPHABET, k=self.whole(10, 40)))

    def phone(self, nation: int) -> str:
        """A number whose first two digits tell the nation."""
        return f"{nation + 10}-{self.whole(100, 999)}-{self.whole(100, 999)}-{self.whole(1000, 9999)}"


def counts(scale: float) -> tuple[int, int, int, int]:
    """How many suppliers, parts, customers and orders there are."""
    return (
        max(int(10_000 * scale), 10),
        max(int(200_000 * scale), 40),
        max(int(150_000 * scale), 30),
        max(int(1_500_000 * scale), 100),
    )


def retail_price(part: int) -> float:
    """What a part costs, by its key."""
    return (90_000 + part // 10 % 20_001 + 100 * (part % 1_000)) / 100


def supplier_of(part: int, which: int, suppliers: int) -> int:
    """The key of one of the four suppliers of a part.

    Where there are fewer suppliers than the specification thinks of, the step stays short enough for four of them.
    """
    step = suppliers // 4 + (part - 1) // suppliers % max(suppliers // 12, 1)
    return (part + which * step) % suppliers + 1


def generate(scale: float) -> Iterator[tuple[str, Rows]]:
    """Each table with its rows, in an order that foreign keys allow.

    Scale 1 has about 8.7 million rows. `orders` and `lineitem` come in several portions.
    """
    suppliers, parts, customers, orders = counts(scale)
    source = Source("region")
    yield "region", [(key, name, source.comment(115)) for key, name in enumerate(REGIONS)]
    yield "nation", [(key, name, region, source.comment(114)) for key, (name, region) in enumerate(NATIONS)]
    source = Source("part")
    yield "part", [part_row(source, key) for key in range(1, parts + 1)]
    yield "supplier", supplier_rows(suppliers)
    source = Source("partsupp")
    yield (
        "partsupp",
        [
            (
                part,
                supplier_of(part, which, suppliers),
                source.whole(1, 9_999),
                source.money(100, 100_000),
                source.comment(150),
            )
            for part in range(1, parts + 1)
            for which in range(4)
        ],
    )
    yield "customer", customer_rows(customers)
    source = Source("orders")
    for first in range(0, orders, 100_000):
        keys = range(first, min(first + 100_000, orders))
        both = [order_with_lines(source, key, customers, parts, suppliers, orders) for key in keys]
        yield "orders", [order for order, _ in both]
        yield "lineitem", [line for _, lines in both for line in lines]


def part_row(source: Source, key: int) -> tuple[object, ...]:
    """A part."""
    maker = source.whole(1, 5)
    kind = f"{source.choice(SIZES)} {source.choice(FINISHES)} {source.choice(METALS)}"
    return (
        key,
        " ".join(source.random.sample(COLOURS, 5)),
        f"Manufacturer#{maker}",
        f"Brand#{maker}{source.whole(1, 5)}",
        kind,
        source.whole(1, 50),
        source.choice(BOXES),
        retail_price(key),
        source.comment(22),
    )


def supplier_rows(suppliers: int) -> Rows:
    """The suppliers, of whom a few have complaints or recommendations in their comments."""
    source = Source("supplier")
    marked = source.random.sample(range(1, suppliers + 1), max(suppliers // 1_000, 2))
    remark = {key: ("Complaints", "Recommends")[place % 2] for place, key in enumerate(marked)}
    rows: Rows = []
    for key in range(1, suppliers + 1):
        nation = source.whole(0, 24)
        comment = source.comment(100)
        if key in remark:
            comment = f"{comment[:30]} Customer {comment[30:40]} {remark[key]}"
        balance = source.money(-99_999, 999_999)
        rows.append(
            (key, f"Supplier#{key:09}", source.address(), nation, source.phone(nation), balance, comment)
        )
    return rows


def customer_rows(customers: int) -> Rows:
    """The customers."""
    source = Source("customer")
    rows: Rows = []
    for key in range(1, customers + 1):
        nation = source.whole(0, 24)
        balance = source.money(-99_999, 999_999)
        address, phone, segment = source.address(), source.phone(nation), source.choice(SEGMENTS)
        rows.append(
            (key, f"Customer#{key:09}", address, nation, phone, balance, segment, source.comment(116))
        )
    return rows


def order_with_lines(
    source: Source, number: int, customers: int, parts: int, suppliers: int, orders: int
) -> tuple[tuple[object, ...], Rows]:
    """An order and its lines. Of every 32 keys the first 8 are used; every third customer orders nothing."""
    key = number // 8 * 32 + number % 8 + 1
    customer = source.whole(1, customers)
    while customer % 3 == 0:
        customer = source.whole(1, customers)
    day = source.whole(0, LAST_ORDER)
    total = 0.0
    lines: Rows = []
    for line in range(1, source.whole(1, 7) + 1):
        part = source.whole(1, parts)
        quantity = source.whole(1, 50)
        price = round(quantity * retail_price(part), 2)
        discount, tax = source.whole(0, 10) / 100, source.whole(0, 8) / 100
        shipped, committed = day + source.whole(1, 121), day + source.whole(30, 90)
        received = shipped + source.whole(1, 30)
        total += price * (1 + tax) * (1 - discount)
        lines.append(
            (
                key,
                part,
                supplier_of(part, source.whole(0, 3), suppliers),
                line,
                float(quantity),
                price,
                discount,
                tax,
                source.choice("RA") if DAYS[received] <= TODAY else "N",
                "O" if DAYS[shipped] > TODAY else "F",
                DAYS[shipped],
                DAYS[committed],
                DAYS[received],
                source.choice(INSTRUCTIONS),
                source.choice(MODES),
                source.comment(43),
            )
        )
    states = {line[9] for line in lines}
    order = (
        key,
        customer,
        "P" if len(states) > 1 else states.pop(),
        round(total, 2),
        DAYS[day],
        source.choice(PRIORITIES),
        f"Clerk#{source.whole(1, max(orders // 1_500, 1)):09}",
        0,
        source.comment(78),
    )
    return order, lines


def queries(scale: float) -> list[str]:
    """The 22 queries, in their order. The smallest part of a stock that query 11 counts depends on the scale."""
    text = (pathlib.Path(__file__).parent / "queries.sql").read_text(encoding="utf-8")
    found = [query.strip() for query in text.split(";\n") if query.strip()]
    return [query.replace("$FRACTION", f"{0.0001 / scale:.10f}") for query in found]
