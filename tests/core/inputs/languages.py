"""Sentences of our own in many languages, as reviews have them, with the encodings that their files come in."""

from __future__ import annotations

SENTENCES = {
    "de": "Der Händler war unhöflich und die Tür schließt nicht mehr|Schöne Möbel für die Küche, sehr preiswert",
    "fr": "Le téléphone est arrivé cassé, c'est très décevant|Une soirée agréable, la crème brûlée était délicieuse",
    "es": "El niño rompió el teléfono al día siguiente|La habitación olía mal y nadie contestó mañana ni tarde",
    "sv": "Maten var god men det tog för lång tid att få den|Rummet luktade rök och sängen var hård, tråkigt",
    "pl": "Dobra jakość, szybka wysyłka, gorąco polecam wszystkim|Zepsuło się po tygodniu, żądam zwrotu pieniędzy",
    "cs": "Příjemná obsluha a výborné jídlo, určitě přijdeme znovu|Zboží přišlo poškozené a nikdo neodpovídá na dotazy",
    "hu": "Gyors kiszállítás, nagyon elégedett vagyok a minőséggel|A szoba hűvös volt, a fürdőből pedig víz folyt",
    "tr": "Ürün çok güzel, kargo hızlı geldi, teşekkür ederim|Bir hafta sonra bozuldu, satıcı da cevap vermiyor",
    "ru": "Отличная книга, прочитал за один вечер|Товар пришёл сломанным, продавец не отвечает на письма",
    "uk": "Чудовий готель, привітний персонал і смачні сніданки|Їжа була холодна, чекали ми дуже довго",
    "el": "Πολύ καλό βιβλίο, το διάβασα σε ένα βράδυ|Το δωμάτιο ήταν βρώμικο και κανείς δεν απάντησε",
    "ar": "الخدمة ممتازة والطعام لذيذ جدا وأنصح به|وصل المنتج مكسورا ولم يرد علي أحد من البائعين",
    "he": "השירות היה מצוין והאוכל טעים מאוד|החדר היה מלוכלך ואף אחד לא ענה לפניות שלנו",
    "th": "อาหารอร่อยมาก พนักงานบริการดีและเป็นกันเอง|ห้องพักสกปรกและเสียงดัง จะไม่กลับไปอีก",
    "ja": "とても面白い映画で、最後まで楽しめました|商品が壊れていて、問い合わせにも返事がありません",
    "ko": "배송이 빠르고 품질도 정말 마음에 듭니다|방이 더럽고 직원이 불친절해서 다시는 안 갈래요",
    "zh": "这家餐厅的菜很好吃，服务也非常周到|收到的时候已经坏了，客服一直不回复我",
    "zh-TW": "這間餐廳的菜很好吃，服務也非常周到|收到的時候已經壞了，客服一直沒有回覆我",
}
ENCODINGS = {
    **dict.fromkeys(("de", "fr", "es", "sv"), ("cp1252",)),
    **dict.fromkeys(("pl", "cs", "hu"), ("cp1250", "iso8859-2")),
    "tr": ("cp1254",),
    "ru": ("cp1251", "koi8-r"),
    "uk": ("cp1251",),
    "el": ("cp1253",),
    "ar": ("cp1256",),
    "he": ("cp1255",),
    "th": ("cp874",),
    "ja": ("cp932", "euc-jp"),
    "ko": ("cp949",),
    "zh": ("gb18030",),
    "zh-TW": ("cp950",),
}
PAIRS = [(language, encoding) for language, some in ENCODINGS.items() for encoding in some]


def table(language: str, rows: int) -> str:
    """A semicolon CSV with as many rows, as a local Excel writes it."""
    there = SENTENCES[language].split("|")
    lines = [f"{there[i % len(there)]};{'good' if i % 2 else 'bad'}" for i in range(rows)]
    return "\r\n".join(["text;label", *lines, ""])
