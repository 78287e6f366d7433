"""The looks that ship: photographic processes as parameters. docs/vintage.md says why."""

from __future__ import annotations

from heliochrome.tasks.vintage.parameters import (
    Border,
    Damage,
    Edges,
    Emulsion,
    Fading,
    Frame,
    Grain,
    Halation,
    Lens,
    Light,
    Look,
    Paper,
    Screen,
    Tone,
    Toning,
    Wash,
)

# Sensitivity to linear red, green and blue. Silver halide by itself sees blue and violet; dyes add
# green and yellow (Vogel 1873; plates from 1884) and, after 1906, red: panchromatic film was common
# from about 1925 on (Mees and James).
BLUE_SENSITIVE = Emulsion(layers="single", sensitivity=(0.02, 0.13, 0.85))
ORTHOCHROMATIC = Emulsion(layers="single", sensitivity=(0.05, 0.45, 0.50))
PANCHROMATIC = Emulsion(layers="single", sensitivity=(0.28, 0.40, 0.32))

DAGUERREOTYPE = Look(
    name="daguerreotype",
    period="1839–1860",
    summary="silvered copper plate: cool silver grays, sees blue only, tarnished at the edges",
    frame=Frame(side=108),
    lens=Lens(blur=90, field=48),
    light=Light(metering=1, exposure=0.45),
    emulsion=BLUE_SENSITIVE,
    halation=Halation(amount=0.04, base=1500, threshold=0.6),
    tone=Tone(gamma=1.0, toe=0.12, shoulder=0.25, dmin=0.18, dmax=1.55),
    grain=Grain(amount=0.05, size=12),
    toning=Toning(shadows=(0.5, -4), midtones=(-0.5, -3), highlights=(0.5, 1.5)),
    edges=Edges(width=0.05, stain=(0.26, 0.30, 0.34)),
    paper=Paper(mottle=0.03),
    damage=Damage(
        dust=120, dust_size=120, hairs=1, hair_width=30, scratches=8, scratch_width=40, light=0.6
    ),
)

ALBUMEN = Look(
    name="albumen",
    period="1855–1895",
    summary="print from a collodion negative: purple brown in cream paper, white skies, yellowed",
    frame=Frame(side=215),
    lens=Lens(blur=120, field=55),
    light=Light(metering=0.85, exposure=0.2),
    emulsion=BLUE_SENSITIVE,
    halation=Halation(amount=0.05, base=2500),
    tone=Tone(gamma=1.05, toe=0.10, shoulder=0.18, dmin=0.10, dmax=1.55),
    grain=Grain(amount=0.03, size=15),
    toning=Toning(shadows=(9, 9), midtones=(9, 16), highlights=(1.5, 13)),
    fading=Fading(silver=0.10),
    edges=Edges(width=0.09, fading=0.28, stain=(0.01, 0.05, 0.16)),
    paper=Paper(texture=0.02, fiber=180, mottle=0.03),
    damage=Damage(dust=60, dust_size=180, scratches=2, spots=7, spot_size=2500, light=0.7),
)

TINTYPE = Look(
    name="tintype",
    period="1856–1900",
    summary="collodion on black lacquered iron: never lighter than gray, brownish, scratched",
    frame=Frame(side=90),
    lens=Lens(blur=110, field=60),
    light=Light(metering=0.9, exposure=0.35),
    emulsion=BLUE_SENSITIVE,
    tone=Tone(gamma=1.05, toe=0.16, shoulder=0.22, dmin=0.28, dmax=1.6),
    grain=Grain(amount=0.05, size=14),
    toning=Toning(shadows=(2, 3), midtones=(1.5, 6), highlights=(1, 9)),
    edges=Edges(width=0.06, stain=(0.12, 0.17, 0.24)),
    paper=Paper(mottle=0.05),
    damage=Damage(
        dust=160, dust_size=130, scratches=14, scratch_width=45, spots=5, spot_size=1500, light=0.45
    ),
    border=Border(corner=0.03, density=(1.2, 1.25, 1.3)),
)

CYANOTYPE = Look(
    name="cyanotype",
    period="1842–1940",
    summary="iron print: Prussian blue on white paper, brushed on by hand",
    frame=Frame(side=200),
    lens=Lens(blur=120),
    light=Light(metering=0.7),
    emulsion=ORTHOCHROMATIC,
    tone=Tone(gamma=1.15, toe=0.07, shoulder=0.22, dmin=0.05, dmax=1.30),
    toning=Toning(shadows=(4, -36), midtones=(-7, -33), highlights=(-1, 1)),
    paper=Paper(texture=0.02, fiber=420, mottle=0.05),
    border=Border(width=0.06, rough=0.004),
)

PLATINUM = Look(
    name="platinum",
    period="1873–1920",
    summary="matte platinum print: soft, long scale of neutral grays in the paper's fibers",
    frame=Frame(side=200),
    lens=Lens(blur=200, field=40),
    light=Light(metering=0.7, exposure=0.25),
    emulsion=ORTHOCHROMATIC,
    tone=Tone(gamma=0.92, toe=0.10, shoulder=0.28, dmin=0.07, dmax=1.40),
    toning=Toning(shadows=(0.8, 3), midtones=(1, 5), highlights=(0.5, 7)),
    paper=Paper(texture=0.018, fiber=380),
    border=Border(width=0.05),
)

GELATIN_SILVER_1920S = Look(
    name="gelatin-silver-1920s",
    period="1900–1930",
    summary="contact print from orthochromatic roll film: reds dark, skies light, a little warm",
    frame=Frame(side=140),
    lens=Lens(blur=230, field=50),
    light=Light(metering=0.6),
    emulsion=ORTHOCHROMATIC,
    halation=Halation(amount=0.08, base=130),
    tone=Tone(gamma=1.12, toe=0.06, shoulder=0.16, dmin=0.08, dmax=1.65),
    grain=Grain(amount=0.09, size=18),
    toning=Toning(shadows=(0.5, 2), midtones=(1.5, 6), highlights=(0.5, 7)),
    edges=Edges(width=0.05, fading=0.10, stain=(0.01, 0.03, 0.08)),
    damage=Damage(dust=50, dust_size=220, hairs=2, hair_width=60, scratches=3, spots=1),
    border=Border(width=0.045),
)

GELATIN_SILVER_1950S = Look(
    name="gelatin-silver-1950s",
    period="1925–1975",
    summary="enlargement from panchromatic 35 mm film: neutral black and white, visible grain",
    frame=Frame(side=36),
    lens=Lens(blur=28, field=46),
    light=Light(metering=0.5),
    emulsion=PANCHROMATIC,
    halation=Halation(amount=0.06, base=125),
    tone=Tone(gamma=1.25, toe=0.06, shoulder=0.12, dmin=0.05, dmax=2.0),
    grain=Grain(amount=0.072, size=14),
    toning=Toning(shadows=(0, 0.5), midtones=(0.2, 1.5), highlights=(0.2, 3)),
    damage=Damage(dust=18, hairs=1),
    border=Border(width=0.03),
)

HAND_TINTED = Look(
    name="hand-tinted",
    period="1860–1940",
    summary="pale warm print with thin washes of watercolor, careless of detail",
    frame=Frame(side=165),
    lens=Lens(blur=180, field=40),
    light=Light(metering=0.7, exposure=0.7),
    emulsion=ORTHOCHROMATIC,
    tone=Tone(gamma=0.88, toe=0.08, shoulder=0.2, dmin=0.07, dmax=1.28),
    grain=Grain(amount=0.06, size=18),
    toning=Toning(shadows=(2.5, 7), midtones=(2, 8), highlights=(0.5, 8)),
    wash=Wash(amount=1.3, limit=24, spread=0.011),
    paper=Paper(texture=0.018, fiber=300),
    damage=Damage(dust=30, dust_size=200, spots=2),
    border=Border(width=0.04),
)

AUTOCHROME = Look(
    name="autochrome",
    period="1907–1935",
    summary="glass transparency behind dyed starch grains: soft pastel points, warm, a bit dark",
    frame=Frame(side=90),
    lens=Lens(blur=170, field=50),
    light=Light(temperature=5500, saturation=1.2, exposure=0.2),
    halation=Halation(amount=0.08, base=1400, color=(1, 0.7, 0.5), threshold=0.6),
    tone=Tone(
        gamma=1.12, toe=0.12, shoulder=0.25, dmin=0.09, dmax=2.2, layer_gamma=(1.04, 1.0, 0.97)
    ),
    grain=Grain(amount=0.05, size=12, origin="positive"),
    screen=Screen(amount=1, size=20, purity=0.64),
    edges=Edges(width=0.04, stain=(0.10, 0.06, 0.10)),
    damage=Damage(dust=45, dust_size=130, light=0.25),
)

TECHNICOLOR_1950S = Look(
    name="technicolor-1950s",
    period="1932–1955",
    summary="three-strip dye transfer: deep clean color, red lips, rich blacks",
    frame=Frame(side=22),
    lens=Lens(blur=26, field=40),
    light=Light(temperature=5600, saturation=1.35),
    halation=Halation(amount=0.07, base=130, color=(1, 0.45, 0.2)),
    tone=Tone(
        gamma=1.25, toe=0.06, shoulder=0.18, dmin=0.03, dmax=3.0, layer_gamma=(1.02, 1.0, 0.98)
    ),
    grain=Grain(amount=0.045, size=11, color=0.5),
    damage=Damage(dust=8, dust_size=30, light=0.3),
)

KODACHROME = Look(
    name="kodachrome",
    period="1936–2009",
    summary="35 mm slide: crisp, contrasty, warm reds, cool deep shadows, hardly any grain",
    frame=Frame(side=36),
    lens=Lens(blur=16, field=46),
    light=Light(temperature=6200, tint=-0.002, saturation=1.05, exposure=0.05),
    halation=Halation(amount=0.05, base=130),
    tone=Tone(
        gamma=1.25, toe=0.1, shoulder=0.3, dmin=0.03, dmax=3.4, layer_gamma=(1.06, 1.0, 0.95)
    ),
    grain=Grain(amount=0.026, size=10, color=0.6, origin="positive"),
    damage=Damage(dust=10, dust_size=45, light=0.1),
)

FADED_PRINT_1970S = Look(
    name="faded-print-1970s",
    period="1965–1985",
    summary="drugstore print whose cyan dye is going: magenta and yellow, flat, milky blacks",
    frame=Frame(side=28),
    lens=Lens(blur=60, field=52),
    light=Light(temperature=5900, saturation=0.86, exposure=0.1),
    halation=Halation(amount=0.05, base=130),
    tone=Tone(gamma=1.02, toe=0.07, shoulder=0.25, dmin=0.05, dmax=1.65),
    grain=Grain(amount=0.08, size=16, color=0.7),
    fading=Fading(cyan=0.38, magenta=0.15, yellow=0.28, stain=(0.01, 0.05, 0.13)),
    damage=Damage(dust=15, dust_size=70, hairs=1, hair_width=20, scratches=2),
    border=Border(width=0.045),
)

POLAROID = Look(
    name="polaroid",
    period="1972–2005",
    summary="integral instant print: soft, milky, greenish shadows, yellowish lights, wide foot",
    frame=Frame(side=79),
    lens=Lens(blur=260, field=58),
    light=Light(temperature=6000, saturation=0.82, exposure=0.15),
    halation=Halation(amount=0.08, base=180, color=(1, 0.8, 0.6)),
    tone=Tone(
        gamma=1.12,
        toe=0.14,
        shoulder=0.3,
        dmin=0.10,
        dmax=1.75,
        layer_gamma=(1.08, 1.0, 0.92),
        layer_exposure=(0.0, 0.02, -0.06),
    ),
    grain=Grain(amount=0.03, size=30, color=0.5),
    fading=Fading(cyan=0.04, magenta=0.08, yellow=0.05, stain=(0.0, 0.015, 0.06)),
    paper=Paper(mottle=0.03),
    damage=Damage(dust=12, dust_size=110),
    border=Border(width=0.057, bottom=3.9, density=(0.0, 0.0, 0.0)),
)

CROSS_PROCESSED = Look(
    name="cross-processed",
    period="1985–2005",
    summary="slide film in negative chemistry: hard contrast, acid greens, blue-green shadows",
    frame=Frame(side=36),
    lens=Lens(blur=20, field=60),
    light=Light(saturation=1.2, exposure=0.15),
    halation=Halation(amount=0.05, base=130),
    tone=Tone(
        gamma=1.35,
        toe=0.05,
        shoulder=0.15,
        dmin=0.02,
        dmax=2.2,
        layer_gamma=(1.30, 1.0, 0.62),
        layer_exposure=(-0.1, 0.12, -0.22),
    ),
    grain=Grain(amount=0.075, size=13, color=0.8),
    damage=Damage(dust=5),
)

# What settings change where no look is asked for: next to nothing (0.6 of 255 levels on average).
PLAIN = Look(name="plain")

LOOKS: tuple[Look, ...] = (
    DAGUERREOTYPE,
    ALBUMEN,
    TINTYPE,
    CYANOTYPE,
    PLATINUM,
    GELATIN_SILVER_1920S,
    GELATIN_SILVER_1950S,
    HAND_TINTED,
    AUTOCHROME,
    TECHNICOLOR_1950S,
    KODACHROME,
    FADED_PRINT_1970S,
    POLAROID,
    CROSS_PROCESSED,
)
