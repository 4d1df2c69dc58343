/**
 * Every colour of the console, once per scheme. Each pair of text on its ground is at least 4.5:1 (WCAG AA); the axe run in the
 * browser tests keeps it so. antd's tokens and the CSS variables `--hf-*` are both made from this.
 */
export type Scheme = 'light' | 'dark'
export const TONES = ['neutral', 'wait', 'move', 'good', 'bad', 'muted'] as const
export type Tone = (typeof TONES)[number]

export type Palette = {
  readonly canvas: string
  readonly surface: string
  readonly raised: string
  readonly sunken: string
  readonly line: string
  readonly lineSoft: string
  readonly text: string
  readonly textSoft: string
  readonly textFaint: string
  readonly brand: string
  readonly brandHover: string
  readonly brandSoft: string
  readonly onBrand: string
  readonly link: string
  readonly focus: string
  readonly rowHover: string
  readonly rowSelected: string
  readonly rowChanged: string
  readonly tones: Readonly<
    Record<Tone, { readonly text: string; readonly ground: string; readonly mark: string }>
  >
}

export const PALETTES: Readonly<Record<Scheme, Palette>> = {
  light: {
    canvas: '#f4f6f7',
    surface: '#ffffff',
    raised: '#ffffff',
    sunken: '#f7f9fa',
    line: '#d9dfe3',
    lineSoft: '#e9edef',
    text: '#182126',
    textSoft: '#4b5a63',
    textFaint: '#5f6e77',
    brand: '#0f6674',
    brandHover: '#0b5562',
    brandSoft: '#e3f1f3',
    onBrand: '#ffffff',
    link: '#0b6472',
    focus: '#1b8a9c',
    rowHover: '#f1f6f7',
    rowSelected: '#e3f1f3',
    rowChanged: '#fff6dd',
    tones: {
      neutral: { text: '#35434b', ground: '#edf1f3', mark: '#7d8c95' },
      wait: { text: '#7a4a00', ground: '#fff1d6', mark: '#d38b12' },
      move: { text: '#124f99', ground: '#e5effc', mark: '#3b82d8' },
      good: { text: '#17603a', ground: '#e1f4e8', mark: '#2f9e62' },
      bad: { text: '#a32020', ground: '#fde8e7', mark: '#d64541' },
      muted: { text: '#56646d', ground: '#f1f3f4', mark: '#a3afb6' },
    },
  },
  dark: {
    canvas: '#0f1417',
    surface: '#161d21',
    raised: '#1d262b',
    sunken: '#12191c',
    line: '#323e45',
    lineSoft: '#263036',
    text: '#e4eaed',
    textSoft: '#afbcc3',
    textFaint: '#94a3ab',
    brand: '#1b7f90',
    brandHover: '#2392a5',
    brandSoft: '#16363d',
    onBrand: '#ffffff',
    link: '#63c3d3',
    focus: '#63c3d3',
    rowHover: '#1c2529',
    rowSelected: '#17343b',
    rowChanged: '#39320f',
    tones: {
      neutral: { text: '#c9d3d8', ground: '#2a343a', mark: '#8b9aa2' },
      wait: { text: '#f0c173', ground: '#3a2c10', mark: '#d9992b' },
      move: { text: '#9cc6f7', ground: '#16304e', mark: '#5a9de6' },
      good: { text: '#86d6a6', ground: '#143526', mark: '#43b377' },
      bad: { text: '#f7a39d', ground: '#452021', mark: '#e6645f' },
      muted: { text: '#a5b2b9', ground: '#222b30', mark: '#6c7a82' },
    },
  },
}

/** The palette as CSS variables on the document, for our own style sheet. */
export function paintDocument(scheme: Scheme): void {
  const palette = PALETTES[scheme]
  const root = document.documentElement
  root.dataset['theme'] = scheme
  for (const [name, value] of Object.entries(palette)) {
    if (typeof value === 'string') root.style.setProperty(`--hf-${kebab(name)}`, value)
  }
  for (const tone of TONES) {
    for (const [part, value] of Object.entries(palette.tones[tone]))
      root.style.setProperty(`--hf-${tone}-${part}`, value)
  }
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
