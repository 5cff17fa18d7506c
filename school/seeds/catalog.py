"""What the example schools teach, and the words that people write about it."""

from dataclasses import dataclass

BEGINNER, INTERMEDIATE, ADVANCED = "Beginner", "Intermediate", "Advanced"


@dataclass(frozen=True)
class Course:
    """A class of the catalog; `days` are ISO weekdays, and `topics` follow one another."""

    code: str
    name: str
    subject: str
    level: str
    days: tuple
    topics: tuple
    description: str = ""


def _course(code, name, subject, level, days, topics, description=""):
    return Course(code, name, subject, level, days, tuple(topics.split("; ")), description)


# The first four are the sign-in teacher's: together they meet on every day of the week, so that
# there is a register to take whatever the day.
LEAD_COURSES = [
    _course(
        "MATH-101", "Algebra I", "Mathematics", BEGINNER, (1, 3),
        "Variables and expressions; One-step equations; Two-step equations; Inequalities; "
        "The coordinate plane; Slope; Linear functions; Systems by graphing; "
        "Systems by substitution; Exponents; Polynomials; Factoring",
        "From arithmetic to letters: equations, functions and their graphs.",
    ),
    _course(
        "MATH-201", "Geometry", "Mathematics", INTERMEDIATE, (2, 4),
        "Points, lines and planes; Angle relationships; Parallel lines; Congruent triangles; "
        "Proofs; Similarity; The theorem of Pythagoras; Right-triangle trigonometry; Circles; "
        "Area; Volume; Transformations",
        "Figures, proofs and measurement.",
    ),
    _course(
        "MATH-301", "Statistics", "Mathematics", ADVANCED, (5, 6),
        "Collecting data; Histograms; Mean and median; Spread; Scatter plots; Regression; "
        "Probability; Random variables; The normal curve; Sampling; Confidence; Testing a claim",
        "Reading numbers with care; bring a calculator.",
    ),
    _course(
        "MATH-390", "Mathematics Circle", "Mathematics", ADVANCED, (7,),
        "Invariants; The pigeonhole principle; Parity; Colourings; Games of strategy; Induction; "
        "Graphs; Inequalities; Number theory; Counting in two ways; Olympiad problems; Projects",
        "Problems for the joy of it, on Sunday afternoons.",
    ),
]  # fmt: skip

COURSES = [
    _course(
        "ENG-101", "English Composition", "English", BEGINNER, (1, 3),
        "The paragraph; Topic sentences; Narration; Description; Comparison; Cause and effect; "
        "Quoting; Paraphrase; Revision; Punctuation; The essay; Peer review",
    ),
    _course(
        "ENG-201", "World Literature", "English", INTERMEDIATE, (2, 4),
        "Gilgamesh; The Odyssey; Tales of the Heike; Don Quixote; Candide; Pushkin; Tagore; "
        "Things Fall Apart; Borges; Mahfouz; Szymborska; Presentations",
    ),
    _course(
        "ENG-301", "Creative Writing", "English", ADVANCED, (5,),
        "Voice; Dialogue; Setting; Point of view; Tension; The short story; Sonnet; Free verse; "
        "Memoir; Editing; Workshop; Reading night",
    ),
    _course(
        "SCI-101", "Biology", "Science", BEGINNER, (2, 4),
        "Cells; Membranes; Enzymes; Photosynthesis; Respiration; Mitosis; Heredity; DNA; "
        "Evolution; Ecosystems; The human body; Dissection",
    ),
    _course(
        "SCI-201", "Chemistry", "Science", INTERMEDIATE, (1, 3),
        "Atoms; The periodic table; Bonds; Naming compounds; The mole; Equations; Gases; "
        "Solutions; Acids and bases; Redox; Energy; Laboratory",
    ),
    _course(
        "SCI-301", "Physics", "Science", ADVANCED, (2, 4),
        "Motion; Newton’s laws; Energy; Momentum; Circular motion; Waves; Sound; Light; Charge; "
        "Circuits; Magnetism; Laboratory",
    ),
    _course(
        "SCI-210", "Environmental Science", "Science", INTERMEDIATE, (1, 5),
        "Systems; Biomes; Water; Soil; Energy sources; Climate; Biodiversity; Waste; Cities; "
        "Policy; Field trip; Projects",
    ),
    _course(
        "HIST-101", "World History", "History", BEGINNER, (2, 4),
        "River valleys; Athens and Rome; The Silk Road; Mali and Great Zimbabwe; The plague; "
        "Printing; Exploration; Revolutions; Industry; Empires; World wars; Decolonisation",
    ),
    _course(
        "HIST-201", "Local History", "History", INTERMEDIATE, (3, 5),
        "Maps; First peoples; Archives; Oral history; The railway; Immigration; Architecture; "
        "Work and strikes; The great fire; Sport; Museum visit; Presentations",
    ),
    _course(
        "GEO-101", "Geography", "Geography", BEGINNER, (1, 3),
        "Reading maps; Plates; Rivers; Coasts; Weather; Population; Migration; Cities; Trade; "
        "Farming; Hazards; Fieldwork",
    ),
    _course(
        "SPA-101", "Español I", "Spanish", BEGINNER, (1, 3),
        "Saludos; La familia; Ser y estar; La comida; La hora; Los verbos en -ar; El tiempo; "
        "La ciudad; De compras; El pretérito; Los viajes; Repaso",
    ),
    _course(
        "SPA-201", "Español II", "Spanish", INTERMEDIATE, (2, 4),
        "El pretérito; El imperfecto; Los pronombres; La salud; El trabajo; El futuro; "
        "El condicional; El subjuntivo; Cuentos; Noticias; Debate; Repaso",
    ),
    _course(
        "FRE-101", "Français débutant", "French", BEGINNER, (2, 4),
        "Bonjour !; La famille; Être et avoir; À table; L’heure; Les verbes en -er; La météo; "
        "En ville; Les achats; Le passé composé; Les voyages; Révision",
    ),
    _course(
        "CHI-101", "Mandarin 中文入门", "Mandarin", BEGINNER, (6,),
        "拼音; 你好; 数字; 家人; 时间; 吃饭; 买东西; 天气; 问路; 爱好; 旅行; 复习",
        "Speaking first, then characters.",
    ),
    _course(
        "ARA-101", "Arabic العربية", "Arabic", BEGINNER, (6,),
        "الحروف; التحيات; الأرقام; العائلة; الوقت; الطعام; السوق; الطقس; المدينة; الهوايات; "
        "السفر; مراجعة",
    ),
    _course(
        "CS-101", "Introduction to Programming", "Computer Science", BEGINNER, (1, 3),
        "Values; Variables; Conditions; Loops; Functions; Lists; Strings; Dictionaries; Files; "
        "Debugging; A small game; Demo day",
    ),
    _course(
        "CS-201", "Web Development", "Computer Science", INTERMEDIATE, (2, 4),
        "HTML; Forms; CSS; Layout; Accessibility; JavaScript; Events; HTTP; Databases; Sign-in; "
        "Security; Demo day",
    ),
    _course(
        "CS-301", "Data Structures", "Computer Science", ADVANCED, (1, 3),
        "Arrays; Linked lists; Stacks; Queues; Recursion; Sorting; Trees; Heaps; Hashing; Graphs; "
        "Shortest paths; Review",
    ),
    _course(
        "ART-101", "Drawing & Painting", "Art", BEGINNER, (3, 5),
        "Line; Shape; Light; Perspective; Still life; Portrait; Colour; Watercolour; Acrylics; "
        "Landscape; Collage; Exhibition",
    ),
    _course(
        "ART-201", "Ceramics", "Art", INTERMEDIATE, (6,),
        "Pinch pots; Coils; Slabs; The wheel; Centring; Bowls; Handles; Glazes; Firing; Tiles; "
        "Sculpture; Exhibition",
    ),
    _course(
        "MUS-101", "Music Theory", "Music", BEGINNER, (1, 5),
        "Notes; Rhythm; Scales; Keys; Intervals; Triads; Cadences; Melody; Harmony; Form; "
        "Listening; Composition",
    ),
    _course(
        "MUS-201", "School Orchestra", "Music", INTERMEDIATE, (2, 4),
        "Seating; Tuning; Sight-reading; Strings; Winds; Brass and percussion; Balance; "
        "Grieg; Márquez; Copland; Dress rehearsal; Concert",
    ),
    _course(
        "PE-101", "Volleyball", "Physical Education", BEGINNER, (2, 5),
        "Warm-up; Serving; Passing; Setting; Spiking; Blocking; Rotation; Defence; Tactics; "
        "Friendly match; Fitness test; Tournament",
    ),
    _course(
        "DRAM-101", "Drama Workshop", "Drama", BEGINNER, (3, 5),
        "Voice; Movement; Improvisation; Masks; Character; Scene study; Shakespeare; Lights; "
        "Costume; Blocking; Dress rehearsal; Performance",
    ),
]  # fmt: skip

# One class of each further state: over, called off, deleted.
COMPLETED_COURSE = _course(
    "ECON-101", "Economics", "Economics", INTERMEDIATE, (2, 4),
    "Scarcity; Trade; Supply; Demand; Prices; Firms; Labour; Money; Banks; Growth; Taxes; Exam",
)  # fmt: skip
CANCELLED_COURSE = _course(
    "LAT-101", "Latin", "Latin", BEGINNER, (1, 3), "Rosa; Amare; Dominus; Esse; Caesar",
    "Called off: too few enrolled.",
)  # fmt: skip
DELETED_COURSE = _course(
    "PHO-101", "Photography", "Art", BEGINNER, (5,), "Exposure; Focus; Light; Prints"
)

EXCUSES = (
    "Doctor’s appointment", "Ill, note from parent", "Family event", "Dentist", "School trip",
    "Competition", "Religious holiday", "Court date", "- see nurse’s slip", "Flu",
)  # fmt: skip
LATE_NOTES = ("Bus was late", "10 minutes", "Overslept", "Came from PE", "25 minutes", "Train")

FEEDBACK = {
    "high": (
        "Excellent work, clear and complete.",
        "Very well reasoned. Show this one to the class?",
        "Outstanding; your last step was elegant.",
        "Careful and correct throughout.",
    ),
    "middle": (
        "Good start. Explain how you got from step 2 to step 3.",
        "Solid work; check your signs.",
        "You understand the idea. Now practise until it is quick.",
        "Well organised, but the conclusion is missing.",
    ),
    "low": (
        "Let’s go over this together on Thursday.",
        "Several parts are missing. Please hand in the rest.",
        "You can do better than this: come to office hours.",
        "Read the question again before you start.",
    ),
}
