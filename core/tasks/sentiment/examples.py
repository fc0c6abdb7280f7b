"""Texts to try the models on; all of our own writing (AGPL-3.0 like the rest)."""

from __future__ import annotations

from dataclasses import dataclass

from core.errors import N_


@dataclass(frozen=True)
class Example:
    """`name` identifies it in addresses and keys; `title` is translatable."""

    name: str
    title: str
    text: str


EXAMPLES = (
    Example(
        "film",
        N_("Film"),
        "I went in expecting very little, and the first half hour proved me right: the jokes are "
        "tired and the editing is a mess. Then the grandmother arrives. From that moment the story "
        "finds its heart, the two leads stop posing, and the last scene is one of the loveliest I "
        "have seen this year. What a pity about the awful soundtrack. I left the cinema smiling.",
    ),
    Example(
        "phone",
        N_("Phone"),
        "The screen is sharp. The battery, however, dies before lunch, and the charger got so hot "
        "that I no longer dare to use it. Customer service took nine days to answer and then asked "
        "for a form I had already sent. I would not recommend this phone to anyone.",
    ),
    Example(
        "hotel",
        N_("Hotel (Chinese)"),
        "酒店的位置非常好，出门就是地铁站。前台服务热情，房间干净，床也很舒服。"
        "就是早餐太简单了，味道也一般。晚上隔壁施工，吵得根本睡不着。总的来说性价比不错，下次还会住。",
    ),
    Example(
        "book",
        N_("Book (Chinese)"),
        "看了不到一半就放下了。内容空洞，翻译生硬，错别字还特别多。纸张很差，完全不值这个价钱，太失望了。",
    ),
    Example(
        "notice",
        N_("Facts only"),
        "The library opens at nine and closes at six. Returned books go into the box next to the "
        "entrance. Cards are issued on the second floor.",
    ),
)

MANY = (
    "The second half dragged, but the ending made the whole evening worthwhile.",
    "Two hours of my life that nobody will give back to me.",
    "The parcel arrived on Tuesday, between noon and two o'clock.",
    "I have had this phone for a year and would buy it again tomorrow.",
    "The waiter forgot our order twice and never apologised.",
    "Clear instructions, solid material, assembled in ten minutes. Excellent!",
    "Nothing about this hotel matched the pictures on its website.",
    "The trams run every ten minutes on weekdays and every twenty on Sundays.",
    "这家店的面很好吃，老板也很热情，推荐！",
    "快递太慢了，包装也破了，非常不满意。",
    "这本书写得通俗易懂，孩子非常喜欢。",
    "键盘手感很差，用了两天就坏了。",
)
"""Short texts for the page's table. The first eight are the benchmark's."""
