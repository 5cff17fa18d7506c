"""Names of people, in their own scripts, each with the spelling that an e-mail address uses."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Culture:
    """Given and family names as "name" or "name=spelling"; weight: how common it is here."""

    weight: int
    given: tuple
    family: tuple
    family_first: bool = False
    separator: str = " "


def _list(text):
    pairs = (word.strip().partition("=") for word in text.split(","))
    return tuple((name, spelling or name) for name, _, spelling in pairs)


CULTURES = [
    Culture(
        30,
        _list(
            "Emma, Liam, Olivia, Noah, Ava, Ethan, Sophia, Mason, Isabella, Logan, Mia, Lucas,"
            "Charlotte, Jackson, Amelia, Aiden, Harper, Caleb, Evelyn, Owen, Abigail, Wyatt, Grace,"
            "Nathan, Hannah, Isaac, Leah, Samuel, Ruby, Oscar, Poppy, Finn, Maisie, Theo, Willow,"
            "Jamal, Aaliyah, Darius, Imani, Malik, Keisha, Andre"
        ),
        _list(
            "Adams, Baker, Bennett, Brooks, Campbell, Carter, Clarke, Collins, Cooper, Davies,"
            "Edwards, Ellis, Evans, Foster, Gibson, Graham, Griffin, Hughes, Jackson, Jenkins,"
            "Kelly, Lloyd, Mason, Mitchell, Morgan, O’Brien=obrien, O’Connor=oconnor, Parker,"
            "Phillips, Reed, Robinson, Sanders, Shaw, Simmons, Thompson, Turner, Walker,"
            "Washington, Williams, Wright, Smith-Jones, MacDonald=macdonald"
        ),
    ),
    Culture(
        14,
        _list(
            "Sofía=Sofia, Mateo, Valentina, Santiago, Camila, Sebastián=Sebastian, Lucía=Lucia,"
            "Diego, Ximena, Andrés=Andres, María José=Maria.Jose, Joaquín=Joaquin, Renata, Emilio,"
            "Daniela, Iñaki=Inaki"
        ),
        _list(
            "García=Garcia, Rodríguez=Rodriguez, Martínez=Martinez, Hernández=Hernandez,"
            "López López=Lopez.Lopez, González=Gonzalez, Pérez=Perez, Sánchez=Sanchez,"
            "Ramírez=Ramirez, Núñez=Nunez, Ibáñez=Ibanez, Muñoz=Munoz, de la Cruz=delaCruz"
        ),
    ),
    Culture(
        6,
        _list(
            "Zofia, Jakub, Hanna, Michał=Michal, Małgorzata=Malgorzata, Łukasz=Lukasz, Zuzanna,"
            "Wojciech, Agnieszka, Paweł=Pawel"
        ),
        _list(
            "Kowalski, Wiśniewski=Wisniewski, Wójcik=Wojcik, Zieliński=Zielinski,"
            "Szymański=Szymanski, Dąbrowski=Dabrowski, Błaszczyk=Blaszczyk, Żak=Zak"
        ),
    ),
    Culture(
        4,
        _list("Lena, Jürgen=Juergen, Anneliese, Björn=Bjorn, Sören=Soeren, Käthe=Kaethe, Zoë=Zoe"),
        _list(
            "Müller=Mueller, Weiß=Weiss, Schäfer=Schaefer, Østergård=Ostergard, Ångström=Angstrom"
        ),
    ),
    Culture(
        5,
        _list(
            "Дмитрий=Dmitri, Анастасия=Anastasia, Олександр=Oleksandr, Катерина=Kateryna,"
            "Михаил=Mikhail, Соломія=Solomiia, Богдан=Bohdan"
        ),
        _list(
            "Коваленко=Kovalenko, Шевченко=Shevchenko, Бондаренко=Bondarenko, Мельник=Melnyk,"
            "Кравчук=Kravchuk, Ткаченко=Tkachenko"
        ),
    ),
    Culture(
        3,
        _list("Ελένη=Eleni, Γιώργος=Giorgos, Αθηνά=Athina, Νίκος=Nikos, Δέσποινα=Despina"),
        _list("Παπαδάκης=Papadakis, Αγγελής=Angelis, Δημητρίου=Dimitriou, Ξενάκης=Xenakis"),
    ),
    Culture(
        7,
        _list(
            "伟=Wei, 芳=Fang, 娜=Na, 秀英=Xiuying, 敏=Min, 静=Jing, 强=Qiang, 晓明=Xiaoming,"
            "子涵=Zihan, 浩然=Haoran"
        ),
        _list("王=Wang, 李=Li, 张=Zhang, 刘=Liu, 陈=Chen, 杨=Yang, 黄=Huang, 欧阳=Ouyang"),
        family_first=True,
        separator="",
    ),
    Culture(
        3,
        _list("さくら=Sakura, 翔太=Shota, 陽菜=Hina, 大輔=Daisuke, 美咲=Misaki, 健=Ken"),
        _list("佐藤=Sato, 鈴木=Suzuki, 高橋=Takahashi, 渡辺=Watanabe, 小林=Kobayashi"),
        family_first=True,
    ),
    Culture(
        4,
        _list("민준=Minjun, 서연=Seoyeon, 지우=Jiwoo, 하은=Haeun, 도윤=Doyun, 수아=Sua"),
        _list("김=Kim, 이=Lee, 박=Park, 최=Choi, 정=Jung"),
        family_first=True,
        separator="",
    ),
    Culture(
        6,
        _list(
            "محمد=Mohammed, فاطمة=Fatima, يوسف=Yusuf, ليلى=Layla, عمر=Omar, نور=Noor, زينب=Zainab,"
            "خالد=Khaled"
        ),
        _list("الحداد=AlHaddad, المصري=AlMasri, خوري=Khoury, النجار=AlNajjar, الشامي=AlShami"),
    ),
    Culture(
        2,
        _list("נועה=Noa, איתי=Itay, תמר=Tamar, יונתן=Yonatan"),
        _list("כהן=Cohen, לוי=Levy, מזרחי=Mizrahi, פרץ=Peretz"),
    ),
    Culture(
        7,
        _list(
            "आरव=Aarav, अनन्या=Ananya, Priya, Rohan, Ishaan, Kavya, दिया=Diya, Arjun, Meera, Vikram"
        ),
        _list("शर्मा=Sharma, पटेल=Patel, Gupta, Krishnamurthy, Iyer, Singh, Kaur, Venkataraman"),
    ),
    Culture(
        5,
        _list("Minh Anh=Minh.Anh, Quốc Bảo=Quoc.Bao, Thùy Linh=Thuy.Linh, Đức=Duc, Ngọc=Ngoc"),
        _list("Nguyễn=Nguyen, Trần=Tran, Lê=Le, Phạm=Pham, Đặng=Dang"),
        family_first=True,
    ),
    Culture(
        4,
        _list("Chidi, Ngozi, Adaeze, Olúwaṣeun=Oluwaseun, Kwame, Abena, Yetunde, Tendai, Amina"),
        _list("Okafor, Adéyẹmí=Adeyemi, Mensah, Nwosu, Boateng, Moyo, Abdi, Wanjirũ=Wanjiru"),
    ),
]


def choose(rng):
    """Return (name, spelling for an e-mail address) of one person."""
    culture = rng.choices(CULTURES, [c.weight for c in CULTURES])[0]
    given, given_ascii = rng.choice(culture.given)
    family, family_ascii = rng.choice(culture.family)
    parts = (family, given) if culture.family_first else (given, family)
    return culture.separator.join(parts), f"{given_ascii}.{family_ascii}".lower()


def relative(rng, name):
    """Return (name, spelling) of somebody with the same family name as `name` of `choose`."""
    culture, (family, family_ascii) = family_of(name)
    given, given_ascii = rng.choice(culture.given)
    parts = (family, given) if culture.family_first else (given, family)
    return culture.separator.join(parts), f"{given_ascii}.{family_ascii}".lower()


def parts(name):
    """Return (given name, family name) of a name of `choose`."""
    culture, (family, _spelling) = family_of(name)
    given = name.removeprefix(family) if culture.family_first else name.removesuffix(family)
    return given.strip(), family


def family_of(name):
    """Return the (culture, family name) that a name was made of; the first for other names."""
    for culture in CULTURES:
        for family in culture.family:
            if culture.family_first:
                matches = name.startswith(family[0] + culture.separator)
            else:
                matches = name.endswith(culture.separator + family[0])
            if matches:
                return culture, family
    family = name.split()[-1]
    return CULTURES[0], (family, family)
