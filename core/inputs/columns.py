"""Which columns of a table hold the texts and the labels: by their names first, then by what stands in them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.inputs.tables import Table

TEXTS = tuple(
    """text texts review reviews reviewtext sentence comment comments tweet content body message document utterance
    文本 评论 评价 内容 正文 句子 文字 微博 留言 文章 评语 內容 評論
    kommentar bewertungstext rezension satz texte commentaire avis phrase texto comentario reseña opinión testo
    recensione commento tekst opinia recenzja текст отзыв комментарий 本文 レビュー 文章 コメント テキスト
    텍스트 리뷰 문장 댓글 본문 내용
    """.split()  # noqa: SIM905
)
ELSE = ("headline", "summary", "description", "title", "subject", "摘要", "描述")
"""Names of what is a text too, where there is no better one."""
LABELS = tuple(
    """label labels sentiment class category polarity target rating emotion stars overall score tag intent topic
    标签 类别 情感 分类 极性 情绪 标注 類別 標籤 情感倾向 评分 星级
    klasse kategorie stimmung bewertung étiquette classe catégorie sentimento sentimiento etiqueta clase categoría
    etichetta etykieta klasa метка класс категория тональность ラベル 分類 感情 カテゴリ 라벨 레이블 분류 감정
    """.split()  # noqa: SIM905
)
"""Usual names, the most telling first."""
NEVER = (
    "id",
    "url",
    "link",
    "user",
    "author",
    "name",
    "date",
    "time",
    "lang",
    "confidence",
    "编号",
    "用户",
    "时间",
)
"""Words in the names of columns that tell of a text and are none: `text_id`, `user_description`."""
MOST = 100
"""Different values of a column of labels."""


def texts(table: Table, taken: str = "") -> tuple[str, bool]:
    """The column of texts, and whether it is a guess; `taken` holds the labels, if known."""
    others = [name for name in table.columns if name != taken] or list(table.columns)
    if found := _named(others, TEXTS) or _named(others, ELSE):
        return found, False
    free = [name for name in others if not _words(name) & set(NEVER)] or others
    likely = [name for name in free if name not in _called(others, LABELS)] or free
    return max(likely, key=lambda name: _wordiness(table.column(name))), True


def labels(table: Table, text: str) -> tuple[str, bool]:
    """The column of labels beside that of texts, and whether it is a guess; "" where none can be it."""
    others = [name for name in table.columns if name != text]
    if found := _named(others, LABELS):
        return found, False
    values = {name: {cell.strip() for cell in table.column(name)} - {""} for name in others}
    rows = len(table.rows)
    several = [n for n in others if 1 < len(values[n]) <= min(MOST, max(2, rows // 2))]
    return min(several, key=lambda name: len(values[name]), default=""), True


def _named(columns: Sequence[str], usual: Sequence[str]) -> str:
    """The column that is called exactly so, else the one whose name has such a word, "" without."""
    return next(iter(_called(columns, usual)), "")


def _called(columns: Sequence[str], usual: Sequence[str]) -> list[str]:
    exact = {name.strip().lower(): name for name in reversed(columns)}
    found = [exact[one] for one in usual if one in exact]
    for one in usual:
        for name in columns:
            holds = one in _words(name) or (not one.isascii() and one in name.lower())
            if holds and not _words(name) & set(NEVER):
                found.append(name)
    return found


def _words(name: str) -> set[str]:
    """review_text, reviewText and "Review text" have the words review and text."""
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return set(re.split(r"[\W_\d]+", parted.lower())) - {""}


def _wordiness(cells: Sequence[str]) -> float:
    """Characters in cells that are all different; numbers and addresses are no texts."""
    words = {cell for cell in cells if not re.fullmatch(r"[\d.,:/+\-\sTZ]*|\S+://\S*", cell)}
    return sum(map(len, words))
