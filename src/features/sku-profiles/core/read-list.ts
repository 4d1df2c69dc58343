import {
  changeProfile,
  emptyProfile,
  isSku,
  type ProfileChange,
  type ProfileField,
  readValue,
  SKU_MOST,
} from './profile.ts'

export const LIST_FIELDS = [
  'sku',
  'title',
  'weight',
  'volume',
  'length',
  'width',
  'height',
  'tags',
  'value',
  'currency',
] as const
export type ListField = (typeof LIST_FIELDS)[number]
/** The head of the column that holds a field. */
export type ListColumns = { readonly [F in ListField]?: string }
export type ListRow = { readonly row: number; readonly cells: readonly string[] }
export type ListTable = { readonly header: readonly string[]; readonly rows: readonly ListRow[] }
export type ListError = {
  /** As a spreadsheet counts. */
  readonly row: number
  /** The column's head as the file has it; empty where it is about the row. */
  readonly column: string
  readonly code: string
  readonly detail: string
}
/** One good row: what it says, and only that. */
export type ListedProfile = { readonly row: number; readonly sku: string; readonly said: ProfileChange }

export const ROWS_MOST = 10_000
const STANDARD_CURRENCY = 'CNY'

/** How people head these columns, the most telling first. Compared without case, blanks and what stands in brackets. */
const HEADS: Readonly<Record<ListField, readonly string[]>> = {
  sku: [
    'sku',
    'stocksku',
    '库存sku',
    '商品编码',
    '商家编码',
    '货品编码',
    '货号',
    '编码',
    'skucode',
    'itemcode',
    'barcode',
    '条码',
  ],
  title: ['title', 'name', '商品名称', '名称', '品名', '商品', '货品名称', 'productname', 'description'],
  weight: ['weight', '重量', '毛重', '单重', '克重', 'weightg', 'weightkg', 'grossweight'],
  volume: ['volume', '体积', '单件体积', 'volumecm3', 'cbm'],
  length: ['length', '长', '长度', 'lengthmm', 'lengthcm'],
  width: ['width', '宽', '宽度', 'widthmm', 'widthcm'],
  height: ['height', '高', '高度', 'heightmm', 'heightcm'],
  tags: ['tags', 'tag', '标签', '商品标签', '属性', '特性'],
  value: ['value', 'declaredvalue', '申报价值', '保价', '价值', '货值', '保价金额'],
  currency: ['currency', '币种', '货币'],
}

/** Which column holds what, by the heads. A head serves one field. */
export function suggestColumns(header: readonly string[]): ListColumns {
  const folded = header.map(foldHead)
  const used = new Set<number>()
  const columns: { [F in ListField]?: string } = {}
  const wishes = LIST_FIELDS.flatMap((field) => HEADS[field].map((head, rank) => ({ field, head, rank })))
  for (const { field, head } of wishes.toSorted((a, b) => a.rank - b.rank)) {
    if (columns[field] !== undefined) continue
    const at = folded.findIndex((one, index) => one === head && !used.has(index))
    if (at < 0) continue
    used.add(at)
    columns[field] = header[at] ?? ''
  }
  return columns
}

function foldHead(head: string): string {
  return head
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[(（[【].*?[)）\]】]/g, '')
    .replace(/[\s_\-*:：/]+/g, '')
}

/**
 * Every row as what it says of a SKU, or all that is wrong with it by row and column. An empty cell says nothing, `-` takes a figure
 * away. Units may stand in the cell (`1.2kg`) or in the head (`重量(kg)`); without one: g, cm3, mm.
 */
export function readList(
  table: ListTable,
  columns: ListColumns,
): { readonly profiles: readonly ListedProfile[]; readonly errors: readonly ListError[] } {
  if (columns.sku === undefined || !table.header.includes(columns.sku))
    return {
      profiles: [],
      errors: [
        { row: 1, column: '', code: 'sku_profiles.column_missing', detail: 'no column holds the SKU' },
      ],
    }
  const profiles: ListedProfile[] = []
  const errors: ListError[] = []
  const seen = new Map<string, number>()
  for (const row of table.rows) {
    const read = readRow(table.header, columns, row)
    const first = seen.get(read.sku)
    if (first !== undefined)
      read.errors.push({
        row: row.row,
        column: columns.sku,
        code: 'sku_profiles.row_twice',
        detail: `row ${first} has the same SKU "${read.sku.slice(0, 60)}"`,
      })
    else if (read.sku !== '') seen.set(read.sku, row.row)
    if (read.errors.length > 0) errors.push(...read.errors)
    else profiles.push({ row: row.row, sku: read.sku, said: read.said })
  }
  return { profiles, errors }
}

type Wrong = (field: ListField, code: string, detail: string) => undefined

function readRow(header: readonly string[], columns: ListColumns, { row, cells }: ListRow) {
  const errors: ListError[] = []
  const cell = (field: ListField): string => {
    const column = columns[field]
    const at = column === undefined ? -1 : header.indexOf(column)
    // A quote before a sign is how an export keeps a text from being run as a formula.
    return at < 0 ? '' : (cells[at] ?? '').trim().replace(/^'(?=[=+\-@＝＋－＠'])/, '')
  }
  const wrong: Wrong = (field, code, detail) => {
    errors.push({ row, column: columns[field] ?? '', code: `sku_profiles.${code}`, detail })
    return undefined
  }
  const sku = cell('sku')
  if (!isSku(sku)) wrong('sku', 'bad_sku', `a SKU has 1 to ${SKU_MOST} characters`)
  const figure = (field: keyof typeof MEASURED): number | null | undefined =>
    figureIn(cell(field), columns[field] ?? '', field, wrong)
  const said = present({
    title: cell('title') === '' ? undefined : cell('title'),
    weightG: figure('weight'),
    volumeCm3: figure('volume'),
    lengthMm: figure('length'),
    widthMm: figure('width'),
    heightMm: figure('height'),
    tags: tagsIn(cell('tags')),
    value: valueIn(cell('value'), cell('currency'), wrong),
  })
  const changed = errors.length > 0 ? null : changeProfile(emptyProfile(sku), said)
  if (changed !== null && !changed.ok) {
    const { field } = changed.refusal.data as { readonly field: ProfileField | 'sku' }
    errors.push({ row, column: columns[COLUMN_OF[field]] ?? '', ...changed.refusal })
  }
  return {
    sku,
    said: changed?.ok === true && said.tags !== undefined ? { ...said, tags: changed.value.tags } : said,
    errors,
  }
}

const COLUMN_OF: Readonly<Record<ProfileField | 'sku', ListField>> = {
  sku: 'sku',
  title: 'title',
  weightG: 'weight',
  volumeCm3: 'volume',
  lengthMm: 'length',
  widthMm: 'width',
  heightMm: 'height',
  tags: 'tags',
  value: 'value',
}

function present(
  fields: { readonly [F in keyof ProfileChange]: ProfileChange[F] | undefined },
): ProfileChange {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

type Measured = {
  readonly code: string
  /** Thousandths of the stored unit in one of each. */
  readonly units: Readonly<Record<string, bigint>>
  readonly standard: string
}
const MEASURED: Readonly<Record<'weight' | 'volume' | 'length' | 'width' | 'height', Measured>> = {
  weight: {
    code: 'bad_weight',
    standard: 'g',
    units: {
      g: 1_000n,
      克: 1_000n,
      kg: 1_000_000n,
      千克: 1_000_000n,
      公斤: 1_000_000n,
      斤: 500_000n,
      mg: 1n,
      t: 1_000_000_000n,
    },
  },
  volume: {
    code: 'bad_volume',
    standard: 'cm3',
    units: {
      cm3: 1_000n,
      'cm³': 1_000n,
      ml: 1_000n,
      立方厘米: 1_000n,
      l: 1_000_000n,
      升: 1_000_000n,
      dm3: 1_000_000n,
      m3: 1_000_000_000n,
      'm³': 1_000_000_000n,
      立方米: 1_000_000_000n,
    },
  },
  length: side(),
  width: side(),
  height: side(),
}
function side(): Measured {
  const units = { mm: 1_000n, 毫米: 1_000n, cm: 10_000n, 厘米: 10_000n, m: 1_000_000n, 米: 1_000_000n }
  return { code: 'bad_size', standard: 'mm', units }
}

/** Undefined: the cell says nothing. Read digit by digit: 1.1 kg is 1,100 g. A part of the stored unit is rounded up. */
function figureIn(
  text: string,
  head: string,
  field: keyof typeof MEASURED,
  wrong: Wrong,
): number | null | undefined {
  if (text === '') return undefined
  if (text === '-') return null
  const { units, standard, code } = MEASURED[field]
  const match = /^(\d{1,12})(?:\.(\d{1,9}))?\s*(\S*)$/u.exec(
    text.normalize('NFC').toLowerCase().replaceAll(',', ''),
  )
  const unit = match?.[3] || unitIn(head, units) || standard
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined
  if (match === null || factor === undefined)
    return wrong(field, code, `"${text.slice(0, 40)}" is no figure in ${Object.keys(units).join(', ')}`)
  const fraction = match[2] ?? ''
  const scaled = BigInt(`${match[1]}${fraction}`) * factor
  const whole = 1_000n * 10n ** BigInt(fraction.length)
  return Number((scaled + whole - 1n) / whole)
}

function unitIn(head: string, units: Measured['units']): string {
  const inside = /[(（[【/_]\s*([^)）\]】]+?)\s*[)）\]】]?$/u.exec(head.trim())?.[1]?.toLowerCase() ?? ''
  return Object.hasOwn(units, inside) ? inside : ''
}

function tagsIn(text: string): readonly string[] | undefined {
  if (text === '') return undefined
  return text === '-' ? [] : text.split(/[\s,，、;；|]+/u).filter((tag) => tag !== '')
}

function valueIn(amount: string, currency: string, wrong: Wrong): ProfileChange['value'] | undefined {
  if (amount === '') return undefined
  if (amount === '-') return null
  const read = readValue(
    amount.replaceAll(',', ''),
    currency === '' ? STANDARD_CURRENCY : currency.toUpperCase(),
  )
  return read.ok ? read.value : wrong('value', 'bad_value', read.refusal.detail)
}
