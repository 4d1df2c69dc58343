import { WAREHOUSE_CODE } from '#domain/stock.ts'
import {
  badCode,
  draftWarehouse,
  FIGURES,
  type Figures,
  faultsOf,
  type WarehouseChange,
  type WarehouseDraft,
} from './warehouse.ts'

export const LIST_FIELDS = [
  'code',
  'name',
  'province',
  'city',
  'address',
  'contact',
  'priority',
  'countsInTransit',
  'figures',
  'active',
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
/** One good row: what it says, and only that; columns that the file does not have stay as they are. */
export type ListedWarehouse = {
  readonly row: number
  readonly draft: WarehouseDraft
  readonly said: WarehouseChange
}
export type ReadList = {
  readonly warehouses: readonly ListedWarehouse[]
  readonly errors: readonly ListError[]
}

/** More are no list of warehouses. */
export const ROWS_MOST = 2_000

/** How people head these columns, the most telling first. Compared without case, blanks and what stands in brackets. */
const HEADS: Readonly<Record<ListField, readonly string[]>> = {
  code: [
    'code',
    'warehousecode',
    'whcode',
    'warehouseid',
    '仓库编码',
    '仓库代码',
    '仓库编号',
    '编码',
    '代码',
    '编号',
    'ckbm',
    'cangkubianma',
    'id',
    'storecode',
    'locationcode',
  ],
  name: [
    'name',
    'warehousename',
    'whname',
    'warehouse',
    '仓库名称',
    '仓库名',
    '名称',
    '仓库',
    'ckmc',
    'cangkumingcheng',
    'storename',
    'location',
  ],
  province: ['province', '省', '省份', '所在省', '省市', 'sheng', 'state', 'region'],
  city: ['city', '市', '城市', '所在市', '地市', 'shi'],
  address: ['address', '地址', '详细地址', '仓库地址', 'dizhi', 'addr', 'street'],
  contact: ['contact', '联系人', '联系方式', '联系电话', '负责人', '电话', 'lianxiren', 'phone', 'manager'],
  priority: ['priority', '优先级', '发货优先级', '排序', '顺序', 'youxianji', 'rank', 'sort'],
  countsInTransit: ['countsintransit', 'intransit', '在途可售', '计入在途', '在途计入可用', '在途', 'zaitu'],
  figures: ['figures', 'source', '数据来源', '库存来源', '来源', '库存方式', 'laiyuan'],
  active: ['active', 'enabled', '启用', '是否启用', '状态', 'status', 'qiyong', 'zhuangtai'],
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

/** Every row as a warehouse, or all that is wrong with it: by row and column, so that a person can mend the file. */
export function readList(table: ListTable, columns: ListColumns): ReadList {
  const errors: ListError[] = []
  for (const field of ['code', 'name'] as const)
    if (columns[field] === undefined || !table.header.includes(columns[field]))
      errors.push({
        row: 1,
        column: '',
        code: 'warehouses.column_missing',
        detail: `no column holds the ${field}`,
      })
  if (errors.length > 0) return { warehouses: [], errors }
  const warehouses: ListedWarehouse[] = []
  const codes = new Map<string, number>()
  const names = new Map<string, number>()
  for (const row of table.rows) {
    const read = readRow(table.header, columns, row)
    const faults = [...read.errors]
    const twice = (field: 'code' | 'name', text: string, seen: Map<string, number>): void => {
      const first = seen.get(text)
      if (first === undefined) seen.set(text, row.row)
      else
        faults.push({
          row: row.row,
          column: columns[field] ?? '',
          code: 'warehouses.row_twice',
          detail: `row ${first} has the same ${field} "${text.slice(0, 60)}"`,
        })
    }
    if (read.code !== '') twice('code', read.code, codes)
    if (read.said.name !== undefined && read.said.name !== '') twice('name', read.said.name, names)
    errors.push(...faults)
    if (faults.length > 0) continue
    const drafted = draftWarehouse({ ...read.said, code: read.code, name: read.said.name ?? '' })
    if (drafted.ok) warehouses.push({ row: row.row, draft: drafted.value, said: read.said })
  }
  return { warehouses, errors }
}

type ReadOne = {
  readonly code: string
  readonly said: WarehouseChange
  readonly errors: readonly ListError[]
}

function readRow(header: readonly string[], columns: ListColumns, { row, cells }: ListRow): ReadOne {
  const cell = (field: ListField): string | undefined => {
    const column = columns[field]
    const at = column === undefined ? -1 : header.indexOf(column)
    return at < 0 ? undefined : (cells[at] ?? '').trim()
  }
  const errors: ListError[] = []
  const wrong = (field: ListField, code: string, detail: string): undefined => {
    errors.push({ row, column: columns[field] ?? '', code, detail })
    return undefined
  }
  const code = cell('code') ?? ''
  if (!WAREHOUSE_CODE.test(code)) wrong('code', 'warehouses.bad_code', badCode(code).detail)
  const said: WarehouseChange = dropAbsent({
    name: cell('name') ?? '',
    province: cell('province'),
    city: cell('city'),
    address: cell('address'),
    contact: cell('contact'),
    priority: numberIn(cell('priority'), () =>
      wrong('priority', 'warehouses.bad_priority', `"${cell('priority')?.slice(0, 20)}" is no whole number`),
    ),
    countsInTransit: yesNo(cell('countsInTransit'), () =>
      wrong('countsInTransit', 'warehouses.bad_switch', 'say yes or no'),
    ),
    active: yesNo(cell('active'), () => wrong('active', 'warehouses.bad_switch', 'say yes or no')),
    figures: figuresIn(cell('figures'), () =>
      wrong('figures', 'warehouses.bad_figures', 'say own or captured'),
    ),
  })
  for (const fault of faultsOf(said)) {
    const field = (fault.data as { field: ListField }).field
    errors.push({ row, column: columns[field] ?? '', code: fault.code, detail: fault.detail })
  }
  return { code, said, errors }
}

function dropAbsent(
  fields: { readonly [F in keyof WarehouseChange]: WarehouseChange[F] | undefined },
): WarehouseChange {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
}

/** An empty cell says nothing. */
function numberIn(text: string | undefined, wrong: () => undefined): number | undefined {
  if (text === undefined || text === '') return undefined
  return /^\d{1,9}$/.test(text) ? Number(text) : wrong()
}

const YES = [
  'yes',
  'y',
  'true',
  '1',
  'on',
  '是',
  '启用',
  '可售',
  '计入',
  '开',
  '正常',
  'active',
  'enabled',
  '√',
]
const NO = [
  'no',
  'n',
  'false',
  '0',
  'off',
  '否',
  '停用',
  '不可售',
  '不计入',
  '关',
  '禁用',
  'inactive',
  'disabled',
  '×',
]

function yesNo(text: string | undefined, wrong: () => undefined): boolean | undefined {
  const word = text?.toLowerCase() ?? ''
  if (word === '') return undefined
  return YES.includes(word) ? true : NO.includes(word) ? false : wrong()
}

const FIGURE_WORDS: Readonly<Record<string, Figures>> = {
  own: 'own',
  captured: 'captured',
  自记: 'own',
  中枢记账: 'own',
  手工: 'own',
  采集: 'captured',
  外部系统: 'captured',
  wms: 'captured',
}

function figuresIn(text: string | undefined, wrong: () => undefined): Figures | undefined {
  const word = text?.toLowerCase() ?? ''
  if (word === '') return undefined
  const known = FIGURE_WORDS[word] ?? FIGURES.find((one) => one === word)
  return known ?? wrong()
}
