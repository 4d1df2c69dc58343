import { WAREHOUSE_CODE } from '#domain/stock.ts'
import { ok, type Refusal, type Result } from '#kernel/result.ts'

export const FIGURES = ['own', 'captured'] as const
export type Figures = (typeof FIGURES)[number]

/** What a person may say of a warehouse. */
export type WarehouseFields = {
  readonly name: string
  readonly province: string
  readonly city: string
  readonly address: string
  readonly contact: string
  /** 0 to 10,000; smaller goes first where a rule names no order of its own. */
  readonly priority: number
  readonly countsInTransit: boolean
  readonly figures: Figures
  readonly active: boolean
}
export type WarehouseDraft = WarehouseFields & { readonly code: string }
export type WarehouseChange = { readonly [F in keyof WarehouseFields]?: WarehouseFields[F] }
/** What was typed for a new one; what is left out takes its standard. */
export type TypedWarehouse = WarehouseChange & { readonly code: string; readonly name: string }

export const STANDARD: Omit<WarehouseFields, 'name'> = {
  province: '',
  city: '',
  address: '',
  contact: '',
  priority: 100,
  countsInTransit: true,
  figures: 'own',
  active: true,
}
export const PRIORITY_MOST = 10_000
const MOST: Readonly<Record<TextField, number>> = {
  name: 60,
  province: 40,
  city: 40,
  address: 200,
  contact: 100,
}
type TextField = 'name' | 'province' | 'city' | 'address' | 'contact'
const TEXTS = Object.keys(MOST) as TextField[]

/** A warehouse with its standards filled in and its texts trimmed. Refused: `warehouses.bad_code` and as `changedWarehouse`. */
export function draftWarehouse(typed: TypedWarehouse): Result<WarehouseDraft> {
  const code = typed.code.trim()
  const faults = [...(WAREHOUSE_CODE.test(code) ? [] : [badCode(code)]), ...faultsOf(typed)]
  const [first] = faults
  if (first !== undefined) return { ok: false, refusal: first }
  const { code: _, ...fields } = typed
  return ok({ ...STANDARD, ...trimmed(fields), name: typed.name.trim(), code })
}

/** What it is after the change. Refused: `warehouses.bad_name`, `warehouses.text_too_long`, `warehouses.bad_priority`. */
export function changedWarehouse(before: WarehouseFields, change: WarehouseChange): Result<WarehouseFields> {
  const [first] = faultsOf(change)
  return first === undefined ? ok({ ...before, ...trimmed(change) }) : { ok: false, refusal: first }
}

/** Everything that is wrong with these fields. */
export function faultsOf(change: WarehouseChange): Refusal[] {
  const faults: Refusal[] = []
  for (const field of TEXTS) {
    const text = change[field]?.trim()
    if (text === undefined) continue
    if (field === 'name' && (text === '' || text.length > MOST.name))
      faults.push({
        code: 'warehouses.bad_name',
        detail: `a name has 1 to ${MOST.name} characters`,
        data: { field },
      })
    else if (text.length > MOST[field])
      faults.push({
        code: 'warehouses.text_too_long',
        detail: `${field} has more than ${MOST[field]} characters`,
        data: { field },
      })
  }
  const { priority } = change
  if (priority !== undefined && !(Number.isInteger(priority) && priority >= 0 && priority <= PRIORITY_MOST))
    faults.push({
      code: 'warehouses.bad_priority',
      detail: `a priority is a whole number from 0 to ${PRIORITY_MOST}`,
      data: { field: 'priority' },
    })
  return faults
}

export function badCode(code: string): Refusal {
  return {
    code: 'warehouses.bad_code',
    detail: `"${code.slice(0, 40)}" is no code: 1 to 40 letters, digits, dots, hyphens or underscores`,
    data: { field: 'code' },
  }
}

/** The fields in which two differ. */
export function differingFields(before: WarehouseFields, after: WarehouseFields): (keyof WarehouseFields)[] {
  return (Object.keys(after) as (keyof WarehouseFields)[]).filter(
    (field) => field in before && before[field] !== after[field],
  )
}

function trimmed(change: WarehouseChange): WarehouseChange {
  return Object.fromEntries(
    Object.entries(change)
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => [field, typeof value === 'string' ? value.trim() : value]),
  )
}
