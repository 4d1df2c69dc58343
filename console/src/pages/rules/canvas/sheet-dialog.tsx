import { Button, Modal } from 'antd'
import { useMemo } from 'react'
import type { LookupTable, RuleFinding, RuleModel, RuleVariable, TableNode } from '#/api/rule-model-types.ts'
import type { TextKey } from '#/i18n/dictionary.ts'
import { useWording, type Wording } from '#/i18n/language.tsx'
import { nodeById } from './graph.ts'
import type { GridColumn } from './grid.tsx'
import { Sheet } from './grid-bar.tsx'
import { type GridRow, takeIn } from './grid-rows.ts'
import { gridOfTable, tableOfGrid } from './table-cells.ts'
import { useCities, useProvinces } from './use-regions.ts'

const TABLE_ROWS_MOST = 2000
const LOOKUP_ROWS_MOST = 20_000
const HEIGHT = 460

export type SheetOf = { readonly node: string } | { readonly table: string }
type SheetProps = {
  readonly model: RuleModel
  readonly variables: readonly RuleVariable[]
  readonly findings: readonly RuleFinding[]
  readonly litRows: ReadonlyMap<string, number>
  readonly readOnly: boolean
  readonly onModel: (model: RuleModel, key?: string) => void
}

/** The rows of a table node or of a table, large enough to work in. */
export function SheetDialog(
  props: SheetProps & { readonly of: SheetOf | null; readonly onClose: () => void },
) {
  const { of, model, onClose } = props
  const { t } = useWording()
  const node = of && 'node' in of ? nodeById(model, of.node) : undefined
  const table = of && 'table' in of ? model.tables.find(({ id }) => id === of.table) : undefined
  if (node?.type !== 'table' && !table) return null
  return (
    <Modal
      open
      width="min(1180px, 94vw)"
      centered
      title={table?.name ?? node?.label}
      onCancel={onClose}
      footer={
        <Button type="primary" onClick={onClose}>
          {t('canvas.ok')}
        </Button>
      }
    >
      {node?.type === 'table' ? <DecisionSheet {...props} node={node} /> : null}
      {table ? <LookupSheet {...props} table={table} /> : null}
    </Modal>
  )
}

function DecisionSheet({
  node,
  model,
  variables,
  findings,
  litRows,
  readOnly,
  onModel,
}: SheetProps & { readonly node: TableNode }) {
  const wording = useWording()
  const { t, pick } = wording
  const rows = useMemo(() => gridOfTable(node), [node])
  const columns = useMemo<readonly GridColumn[]>(() => {
    const examples = (input: string) => examplesOf(variables.find(({ name }) => name === input.trim()))
    return [
      ...node.columns.map((one) => {
        const known = examples(one.input)
        return {
          key: one.id,
          label: `${one.label} (${typeWord(one.type, wording)})`,
          width: 168,
          ...(known.length > 0 ? { examples: known } : {}),
        }
      }),
      ...node.outputs.map((one) => ({
        key: `out ${one.name}`,
        label: `→ ${one.label} (${typeWord(one.type, wording)})`,
        width: 168,
        out: true,
      })),
      { key: 'note', label: t('canvas.grid.note'), width: 220 },
    ]
  }, [node.columns, node.outputs, variables, wording, t])
  const faults = useMemo(
    () =>
      faultsByRow(
        findings,
        node.id,
        node.rows.map(({ id }) => id),
        pick,
      ),
    [findings, node.id, node.rows, pick],
  )
  const put = (next: readonly GridRow[], key?: string) => {
    const changed = tableOfGrid(node, next)
    onModel({ ...model, nodes: model.nodes.map((one) => (one.id === node.id ? changed : one)) }, key)
  }
  return (
    <>
      <p className="hf-faint">{t('canvas.table.cellHint')}</p>
      <p className="hf-faint">{t('canvas.table.outHint')}</p>
      <Sheet
        name={node.label}
        {...{ columns, rows, readOnly, faults }}
        onChange={put}
        rowsMost={TABLE_ROWS_MOST}
        height={HEIGHT}
        litRow={litRows.get(node.id) ?? null}
      />
    </>
  )
}

function LookupSheet({
  table,
  model,
  findings,
  readOnly,
  onModel,
  litRows,
}: SheetProps & { readonly table: LookupTable }) {
  const wording = useWording()
  const { t, pick } = wording
  const provinces = useProvinces()
  const place = table.keys.findIndex(({ name }) => name === 'province')
  const named = useMemo(
    () => (place < 0 ? [] : [...new Set(table.rows.map((row) => row[place] ?? ''))]),
    [table.rows, place],
  )
  const cities = useCities(named)
  const rows = useMemo(() => table.rows.map((cells, i) => ({ id: `r${i + 1}`, cells })), [table.rows])
  const columns = useMemo<readonly GridColumn[]>(
    () => [
      ...table.keys.map(({ name, label }) => {
        const examples = name === 'province' ? provinces : name === 'city' ? cities : []
        return { key: name, label, width: 190, ...(examples.length > 0 ? { examples } : {}) }
      }),
      ...table.columns.map(({ name, label, type }) => ({
        key: name,
        label: `→ ${label} (${typeWord(type, wording)})`,
        width: 170,
        out: true,
      })),
    ],
    [table.keys, table.columns, provinces, cities, wording],
  )
  const faults = useMemo(() => {
    const found = new Map<string, string>()
    for (const { part, words } of findings) {
      const row = new RegExp(`^tables\\.${table.id}\\.rows\\[(\\d+)\\]`).exec(part ?? '')?.[1]
      if (row !== undefined) found.set(`r${Number(row) + 1}`, pick(words))
    }
    return found
  }, [findings, table.id, pick])
  const put = (next: readonly GridRow[], key?: string) => {
    const changed = { ...table, rows: next.map(({ cells }) => cells) }
    onModel({ ...model, tables: model.tables.map((one) => (one.id === table.id ? changed : one)) }, key)
  }
  const missing = provinces.filter((one) => !named.includes(one))
  const fill = () => {
    const width = table.keys.length + table.columns.length
    const more = missing.map((one) =>
      Array.from({ length: width }, (_, c) => (c === place ? one : c < table.keys.length ? '*' : '')),
    )
    put(takeIn(rows, more, 'append'))
  }
  const user = model.nodes.find(
    (one) => one.type === 'lookup' && one.table === table.id && litRows.has(one.id),
  )
  return (
    <>
      <p className="hf-faint">{t('canvas.tables.hint')}</p>
      <Sheet
        name={table.name}
        {...{ columns, rows, readOnly, faults }}
        onChange={put}
        rowsMost={LOOKUP_ROWS_MOST}
        height={HEIGHT}
        litRow={user ? (litRows.get(user.id) ?? null) : null}
        extra={
          readOnly || place < 0 || missing.length === 0 ? null : (
            <Button onClick={fill}>{t('canvas.grid.provinces')}</Button>
          )
        }
      />
    </>
  )
}

function typeWord(type: string, { t }: Wording): string {
  return t(`canvas.type2.${type}` as TextKey)
}

function examplesOf(variable: RuleVariable | undefined): readonly string[] {
  return variable?.choices?.map(({ value }) => value) ?? variable?.examples?.filter((one) => one !== '') ?? []
}

function faultsByRow(
  findings: readonly RuleFinding[],
  node: string,
  ids: readonly string[],
  pick: Wording['pick'],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const { node: of, part, words } of findings) {
    if (of !== node || part === null) continue
    const id = ids.find((one) => part === one || part === `rows.${one}` || part.startsWith(`rows.${one}.`))
    if (id !== undefined) found.set(id, pick(words))
  }
  return found
}
