"""Names in zip files that do not say their encoding."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from core.errors import UsageError
from core.inputs import zip_names
from core.inputs.reading import Reading

WORDS = {
    "gbk": "猫 狗 苹果 香蕉 汽车 飞机 缺陷 正常 划痕 高兴 悲伤 红色 玫瑰 动物 水稻 健康 老虎 熊猫",
    "big5": "蘋果 香蕉 汽車 飛機 缺陷 正常 刮痕 高興 悲傷 紅色 玫瑰 動物 植物 健康 老虎 獅子 熊貓",
    "cp932": "りんご バナナ 飛行機 欠陥 正常 凹み 男性 嬉しい ひまわり 動物 病気 テスト ソース 表示",
    "cp949": "고양이 강아지 사과 바나나 자동차 비행기 물고기 나무 결함 남자 여자 해바라기 호랑이 나비",
    "cp437": "Äpfel Hündchen Kätzchen Vögel grün süß Möwe Käfer Blüte Müll Öl Straße élève forêt niño",
    "cp850": "Øl rød blåbær grønn smørbrød maçã pão limões avião Äpfel Möwe château São",
    "cp1252": "Äpfel Hündchen Kätzchen grün weiß Möwe blåbær grønn maçã élève forêt château",
    "cp852": "żółw koń łódź jabłko śliwka źrebak gęś kočka hruška řeka město červená medvěd sýr",
    "cp866": "кошка собака яблоко банан самолёт цветок птица рыба дефект норма мужчина женщина",
    "utf-8": "猫 苹果 りんご 고양이 Äpfel żółw кошка cão",
}


def raw(names: list[str], encoding: str) -> list[bytes]:
    return [f"{name}/{i}.png".encode(encoding) for name in names for i in range(2)]


@settings(max_examples=50, deadline=None)
@given(some.data())
def test_three_names_say_their_encoding_or_are_told_as_guessed(data):
    encoding = data.draw(some.sampled_from(sorted(WORDS)))
    words = some.sampled_from(WORDS[encoding].split())
    given = raw(data.draw(some.lists(words, min_size=3, max_size=3, unique=True)), encoding)
    reading = Reading()
    found = zip_names.decode(reading, given)
    (told,) = reading.assumptions
    assert found == [name.decode(encoding) for name in given] or told.guessed
    assert encoding in told.options


@pytest.mark.parametrize("encoding", sorted(WORDS))
def test_all_names_of_a_language_together_are_read_right(encoding):
    given = raw(WORDS[encoding].split(), encoding)
    assert zip_names.decode(Reading(), given) == [name.decode(encoding) for name in given]


def test_two_chinese_folders_are_read_right():
    assert zip_names.decode(Reading(), raw(["猫", "狗"], "gbk"))[0] == "猫/0.png"


def test_a_german_name_is_not_chinese_though_its_bytes_are():
    name = "Äpfel".encode("cp437")
    assert name.decode("gbk") != "Äpfel"
    assert zip_names.decode(Reading(), [name]) == ["Äpfel"]


def test_letters_that_end_in_the_byte_of_a_backslash_stay_whole():
    assert b"\\" in "ソース".encode("cp932")
    assert zip_names.decode(Reading(), raw(["ソース", "表示"], "cp932"))[0] == "ソース/0.png"


def test_plain_names_need_no_word():
    reading = Reading()
    assert zip_names.decode(reading, [b"cat/0.png"]) == ["cat/0.png"]
    assert reading.assumptions == []


def test_a_person_chooses_the_encoding():
    given = raw(["Äpfel"], "cp437")
    reading = Reading({"names_encoding": "cp1252"})
    assert zip_names.decode(reading, given)[0] == given[0].decode("cp1252")
    with pytest.raises(UsageError, match="names_encoding"):
        zip_names.decode(Reading({"names_encoding": "klingon"}), given)
