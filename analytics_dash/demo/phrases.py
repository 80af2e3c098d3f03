"""Owns the sentences that inputs and outputs are put together from; every fact, name and address in them is invented.

Every pool has a prime number of sentences, so that any stride through it meets each sentence once;
greetings stand first, sources and farewells last.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Language:
    """What people write, and what comes back, in one language."""

    code: str
    asks: tuple[str, ...]
    follow_ups: tuple[str, ...]
    answers: tuple[str, ...]


ENGLISH: Final = Language(
    "en",
    (
        "Water from the flat above ran through the ceiling of our kitchen in {city} on {date}; the floor is warped.",
        "The reference is {claim}, the policy {policy}. Photos and the plumber's invoice ({amount}) are attached.",
        "My bike was stolen in front of the station, it was locked, and the police gave me the number {number}.",
        "Is this covered under {product}, and what is the deductible?",
        "The hail on {date} left dents all over the car, plate {plate}; the garage estimates {amount}.",
        'I sent the form twice already and it still says "pending" in the portal, please check.',
        "We are a bakery, and without the oven we lose about {amount} a day, so this is rather urgent ⏰.",
        "Please change the account for the payment and confirm in writing that {claim} stays open.",
        "The other driver admitted the fault on the spot, there is a witness, and a dashcam video of 40 seconds.",
        "Our tenant moved out on {date} and left damage in three rooms, see the list:\n- door frame\n- parquet\n- sink",
        "I don't understand the letter of {date}: why are {amount} deducted?",
    ),
    (
        "And how long does it take until the money is there?",
        "Thanks! One more thing: the amount should be {amount}, not what I wrote before.",
        "That is not what I asked. What about {product}?",
        "ok 👍 and for {policy}?",
        "Can you send me that as a list, with dates, to show to my landlord in {city}?",
    ),
    (
        "Thank you for your message about {claim}. Here is what the documents say and what happens next.",
        "Damage by tap water is covered under {product}, section 4.2; wear and gradual seepage are not.",
        "The deductible is 150.00 €, which leaves an expected payment of {amount} once the invoice has been checked.",
        "Please send the missing page of the estimate; a photo taken with your phone is enough.",
        "1. The claim is registered.\n2. An adjuster in {city} calls within two working days.\n3. You get a letter.",
        "I could not find a contract under {policy}; the closest match ended on {date}.",
        "The period for the report is kept, since the event of {date} was reported within fourteen days.",
        'For the loss of earnings we need the monthly figures, "as booked", of the last twelve months.',
        "Nothing has to be paid in advance; the garage can invoice us directly under {claim}.",
        "Sources: terms_{product_key}_2026.pdf (p. 12), letter of {date}, note {number}.",
        "If anything is unclear, just reply here 🙂 — the reference is all that is needed.",
    ),
)
GERMAN: Final = Language(
    "de",
    (
        "Guten Tag, am {date} ist bei uns in {city} ein Rohr geplatzt, der Keller stand etwa 20 cm unter Wasser.",
        "Die Schadennummer lautet {claim}, die Police {policy}. Kostenvoranschlag über {amount} liegt bei.",
        "Mein Fahrzeug mit dem Kennzeichen {plate} wurde auf dem Parkplatz beschädigt, der Verursacher ist unbekannt.",
        "Ist das in „{product}“ mitversichert, und wie hoch ist die Selbstbeteiligung?",
        "Ich habe das Formular bereits zweimal geschickt und leider noch keine Rückmeldung erhalten 😕.",
        "Bitte prüfen Sie, ob die Überschwemmung vom {date} als Elementarschaden gilt.",
        "Das Gerät ist vier Jahre alt, die Reparatur lohnt laut Werkstatt nicht, der Neupreis betrug {amount}.",
        "Unser Mieter hat die Tür aufgebrochen; die Anzeige bei der Polizei hat das Aktenzeichen {number}.",
        "Könnten Sie die Auszahlung bitte auf das neue Konto überweisen und den Eingang schriftlich bestätigen?",
        "Der Hagel hat außerdem die Gewächshäuser getroffen, etwa 60 m² Glas, siehe Fotos.",
        "Viele Grüße aus {city}",
    ),
    (
        "Und bis wann bekomme ich Bescheid?",
        "Danke! Gilt das auch für {product}?",
        "Nein, gemeint war die Police {policy}, bitte noch einmal prüfen.",
        "Können Sie mir das bitte als Liste schicken? Der Betrag müsste {amount} sein.",
        "ok, verstehe 👌 was muss ich jetzt tun?",
    ),
    (
        "Vielen Dank für Ihre Nachricht zu {claim}. Nach Durchsicht der Unterlagen ergibt sich folgendes Bild.",
        "Leitungswasserschäden sind über „{product}“ (Ziffer 4.2) gedeckt, allmähliche Durchfeuchtung dagegen nicht.",
        "Die Selbstbeteiligung beträgt 150,00 €, voraussichtlich werden {amount} ausgezahlt.",
        "Bitte reichen Sie noch die Rechnung der Werkstatt nach; ein Foto genügt.",
        "Eine Gutachterin aus dem Büro {city} meldet sich innerhalb von zwei Werktagen.",
        "Zum Vertrag {policy} liegt ein Nachtrag vom {date} vor, der Überschwemmungen einschließt.",
        "Nächste Schritte:\n- Unterlagen prüfen\n- Termin vereinbaren\n- Auszahlung freigeben",
        "Die Meldefrist ist gewahrt, da das Ereignis vom {date} innerhalb von vierzehn Tagen angezeigt wurde.",
        "Der Zeitwert liegt bei 60 % des Neupreises, größere Abzüge sind nicht zulässig.",
        "Quellen: Bedingungen_{product_key}_2026.pdf (S. 12), Schreiben vom {date}, Vermerk {number}.",
        "Mit freundlichen Grüßen – für Rückfragen genügt die Schadennummer.",
    ),
)
FRENCH: Final = Language(
    "fr",
    (
        "Bonjour, suite à l'orage du {date}, la toiture de notre maison à {city} a été endommagée.",
        "Le numéro du sinistre est {claim}, le contrat {policy}, et le devis s'élève à {amount}.",
        "Est-ce que « {product} » couvre ce dégât, et quelle est la franchise ?",
        "Vous trouverez ci-joint les photos, le constat à l'amiable et la facture du garage (véhicule {plate}).",
        "Je n'ai reçu aucune réponse à mon courrier du {date}, pourriez-vous vérifier où en est le dossier ?",
    ),
    ("Merci ! Et quel est le délai ?", "Et pour le contrat {policy} ?", "Le montant devrait être de {amount}."),
    (
        "Merci pour votre message concernant le dossier {claim}.",
        "Le dégât des eaux est couvert par « {product} », article 4.2, avec une franchise de 150,00 €.",
        "Le règlement prévu est de {amount}, sous réserve du contrôle de la facture.",
        "Il manque encore la page 2 du devis ; une photo suffit. Un expert de {city} vous appellera sous 48 heures.",
        "Sources : conditions_{product_key}_2026.pdf (p. 12), courrier du {date}.",
    ),
)
SPANISH: Final = Language(
    "es",
    (
        "Hola, el {date} se rompió una tubería en nuestro local de {city} y se mojó toda la mercancía.",
        "El número de siniestro es {claim}, la póliza {policy}; el presupuesto es de {amount}.",
        "¿Está incluido en «{product}»? ¿Cuánto es la franquicia?",
        "Adjunto las fotos, la denuncia {number} y la factura del taller (matrícula {plate}).",
        "¿Podrían decirme cuándo pasará el perito? Gracias 🙏",
    ),
    (
        "¿Y cuánto tarda?",
        "Gracias, ¿y para la póliza {policy}?",
        "El importe correcto es {amount}, ¿lo pueden cambiar?",
    ),
    (
        "Gracias por su mensaje sobre {claim}.",
        "El daño por agua está cubierto por «{product}», apartado 4.2; la franquicia es de 150,00 €.",
        "Se prevé un pago de {amount} después de revisar la factura.",
        "Falta la segunda página del presupuesto. El perito de {city} llamará en dos días laborables.",
        "Fuentes: condiciones_{product_key}_2026.pdf (p. 12), carta del {date}.",
    ),
)
LANGUAGES: Final = (ENGLISH, GERMAN, ENGLISH, GERMAN, ENGLISH, FRENCH, GERMAN, ENGLISH, SPANISH, GERMAN, ENGLISH)
"""Repeated where more is written in them."""

HOSTILE: Final = (
    "=SUM(A1:A9) is what my sheet shows for {claim}, is that the total?",
    '=HYPERLINK("https://example.com/{claim}","open the claim")',
    "<script>alert('{claim}')</script> was in the form I copied this from, sorry.",
    '"quoted", comma; semicolon\nand a second line\twith a tab \\ and a backslash, {claim}',
    "-{number} is what the account shows after the booking of {date}",
    "@all: {claim} | [click](https://example.com) | **bold** | $x^2$ | :material/home:",
    "'; DROP TABLE claims; -- the name of our pub in {city}, yes really",
)
"""Harmless samples of what strangers type and careless software trips over."""

PRAISE: Final = ("positive", "positive", "positive", "positive", "👍")
BLAME: Final = ("negative", "negative", "negative", "👎")
OWN_WORDS: Final = (
    "The amount is wrong, it should say {amount}",
    "super schnell, danke!",
    "answered in English although I wrote in German",
    "Quelle fehlt, bitte Seite angeben",
    "Good answer, but far too long.",
    "très utile, merci",
    "=1+1 and other jokes: did not understand the question",
)
