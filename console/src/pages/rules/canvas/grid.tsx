import { type ClipboardEvent, type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import { useWording } from '#/i18n/language.tsx'
import { gridMove } from './grid-keys.ts'
import {
  areaOf,
  cellsOfArea,
  clearArea,
  type GridArea,
  type GridPlace,
  type GridRow,
  isInArea,
  pasteBlock,
  setCell,
} from './grid-rows.ts'
import { cellsOfText, textOfCells } from './grid-text.ts'

export type GridColumn = {
  readonly key: string
  readonly label: string
  readonly width: number
  /** Drawn as what comes out, not what is asked. */
  readonly out?: boolean
  readonly examples?: readonly string[]
}
const ROW_HEIGHT = 28
const SPARE_ROWS = 8

/** Cells like a spreadsheet's. Only the rows in sight are drawn, so thousands scroll as ten do. */
export function Grid(props: {
  readonly label: string
  readonly columns: readonly GridColumn[]
  readonly rows: readonly GridRow[]
  readonly onChange: (rows: readonly GridRow[], key?: string) => void
  readonly readOnly: boolean
  readonly rowsMost: number
  readonly height: number
  readonly faults?: ReadonlyMap<string, string>
  readonly litRow?: number | null
  readonly onArea: (area: GridArea) => void
}) {
  const { columns, rows, height } = props
  const { t } = useWording()
  const listId = useId()
  const grid = useGrid(props)
  const { scrollTop, area } = grid
  const from = Math.max(0, Math.floor(scrollTop / ROW_HEIGHT) - SPARE_ROWS)
  const to = Math.min(rows.length, Math.ceil((scrollTop + height) / ROW_HEIGHT) + SPARE_ROWS)
  return (
    // biome-ignore lint/a11y/useSemanticElements: a table cannot leave out the rows that are out of sight
    <div
      ref={grid.place}
      className="hf-grid"
      role="grid"
      aria-label={props.label}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length + 1}
      aria-readonly={props.readOnly}
      aria-multiselectable="true"
      tabIndex={rows.length === 0 ? 0 : -1}
      style={{ maxHeight: height }}
      onScroll={(event) => grid.setScrollTop(event.currentTarget.scrollTop)}
      onKeyDown={grid.onKeyDown}
      onCopy={grid.onCopy}
      onCut={grid.onCopy}
      onPaste={grid.onPaste}
    >
      <GridHead columns={columns} rowWord={t('canvas.grid.row')} />
      {rows.length === 0 ? <div className="hf-grid-void">{t('canvas.grid.empty')}</div> : null}
      <div role="presentation" style={{ height: from * ROW_HEIGHT }} />
      {rows.slice(from, to).map((row, i) => {
        const r = from + i
        return (
          // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: a row of the grid above; its cell has the focus
          <div
            key={row.id}
            role="row"
            aria-rowindex={r + 2}
            title={props.faults?.get(row.id)}
            className={`hf-grid-row${props.faults?.has(row.id) ? ' hf-grid-row-bad' : ''}${props.litRow === r ? ' hf-grid-row-lit' : ''}`}
          >
            {/* biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: as above */}
            <div role="rowheader" className="hf-grid-no" onPointerDown={() => grid.chooseRow(r)}>
              {r + 1}
            </div>
            {columns.map((column, c) => (
              <Cell
                key={column.key}
                {...{ grid, column, listId, row: r, index: c, text: row.cells[c] ?? '' }}
                label={`${t('canvas.grid.row')} ${r + 1}, ${column.label}`}
                chosen={isInArea(area, r, c)}
                readOnly={props.readOnly}
              />
            ))}
          </div>
        )
      })}
      <div role="presentation" style={{ height: (rows.length - to) * ROW_HEIGHT }} />
      {columns.map(({ key, examples }) =>
        examples ? (
          <datalist key={key} id={`${listId}-${key}`}>
            {examples.map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
        ) : null,
      )}
    </div>
  )
}

function GridHead({
  columns,
  rowWord,
}: {
  readonly columns: readonly GridColumn[]
  readonly rowWord: string
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: the grid's heading row
    <div role="row" className="hf-grid-row hf-grid-head" aria-rowindex={1}>
      {/* biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: as above */}
      <div role="columnheader" className="hf-grid-no" aria-label={rowWord}>
        #
      </div>
      {columns.map(({ key, label, width, out }) => (
        // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: as above
        <div
          key={key}
          role="columnheader"
          className={`hf-grid-cell${out ? ' hf-grid-out' : ''}`}
          style={{ width }}
          title={label}
        >
          {label}
        </div>
      ))}
    </div>
  )
}

function Cell({
  grid,
  column,
  listId,
  row,
  index,
  text,
  label,
  chosen,
  readOnly,
}: {
  readonly grid: ReturnType<typeof useGrid>
  readonly column: GridColumn
  readonly listId: string
  readonly row: number
  readonly index: number
  readonly text: string
  readonly label: string
  readonly chosen: boolean
  readonly readOnly: boolean
}) {
  const active = grid.active.row === row && grid.active.column === index
  const classes = `hf-grid-cell${column.out ? ' hf-grid-out' : ''}${chosen ? ' hf-grid-chosen' : ''}${active ? ' hf-grid-active' : ''}`
  return (
    // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: the field within has the focus
    <div
      role="gridcell"
      aria-colindex={index + 2}
      aria-selected={chosen}
      className={classes}
      style={{ width: column.width }}
      title={text.length > 12 ? text : undefined}
      onPointerDown={(event) => grid.choose({ row, column: index }, event.shiftKey)}
      onPointerEnter={(event) => event.buttons === 1 && grid.choose({ row, column: index }, true)}
      onDoubleClick={() => grid.startEdit(text)}
    >
      {active ? (
        <input
          ref={grid.field}
          aria-label={label}
          value={grid.draft ?? text}
          readOnly={readOnly}
          list={column.examples ? `${listId}-${column.key}` : undefined}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => grid.startEdit(event.target.value)}
          onBlur={grid.commit}
        />
      ) : (
        text
      )}
    </div>
  )
}

function useGrid(props: Parameters<typeof Grid>[0]) {
  const { rows, columns, onChange, readOnly, rowsMost, onArea } = props
  const [at, setActive] = useState<GridPlace>({ row: 0, column: 0 })
  const [corner, setCorner] = useState<GridPlace>(at)
  const [draft, setDraft] = useState<string | null>(null)
  const [scrollTop, setScrollTop] = useState(0)
  const place = useRef<HTMLDivElement>(null)
  const field = useRef<HTMLInputElement>(null)
  const wantsFocus = useRef(false)
  const within = (one: GridPlace): GridPlace => ({
    row: Math.max(0, Math.min(one.row, rows.length - 1)),
    column: Math.max(0, Math.min(one.column, columns.length - 1)),
  })
  const active = within(at)
  const area = areaOf(active, within(corner))
  const go = (to: GridPlace, extend: boolean) => {
    wantsFocus.current = true
    const next = within(to)
    if (extend) setCorner(next)
    else {
      setActive(next)
      setCorner(next)
    }
    onArea(areaOf(extend ? active : next, next))
    showRow(place.current, next.row)
  }
  useEffect(() => {
    const input = field.current
    if (!wantsFocus.current || !input || draft !== null) return
    if (document.activeElement !== input) input.focus({ preventScroll: true })
    input.select()
  })
  const commit = () => {
    if (draft === null) return
    setDraft(null)
    if (!readOnly && draft !== (rows[active.row]?.cells[active.column] ?? ''))
      onChange(setCell(rows, active, draft))
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const move = gridMove(event, {
      editing: draft !== null,
      hasList: columns[active.column]?.examples !== undefined,
    })
    if (move === null) return
    if (move.do === 'leave') return setDraft(null)
    event.preventDefault()
    event.stopPropagation()
    if (move.do === 'edit' && !readOnly) return startEdit(rows[active.row]?.cells[active.column] ?? '')
    if (move.do === 'cancel') return setDraft(null)
    if (move.do === 'clear' && !readOnly) return onChange(clearArea(rows, area))
    if (move.do === 'all') {
      setActive({ row: 0, column: 0 })
      return go({ row: rows.length - 1, column: columns.length - 1 }, true)
    }
    if (move.do !== 'go') return
    commit()
    const base = move.extend ? within(corner) : active
    go({ row: base.row + move.rows, column: base.column + move.columns }, move.extend)
  }
  const startEdit = (text: string) => {
    if (!readOnly) setDraft(text)
  }
  return {
    active,
    area,
    draft,
    scrollTop,
    setScrollTop,
    place,
    field,
    commit,
    startEdit,
    onKeyDown,
    choose: (to: GridPlace, extend: boolean) => {
      if (draft !== null && to.row === active.row && to.column === active.column) return
      commit()
      go(to, extend)
    },
    chooseRow: (row: number) => {
      commit()
      setActive({ row, column: 0 })
      setCorner({ row, column: columns.length - 1 })
      onArea({ top: row, bottom: row, left: 0, right: columns.length - 1 })
      wantsFocus.current = true
    },
    onCopy: (event: ClipboardEvent) => {
      if (draft !== null || rows.length === 0) return
      event.preventDefault()
      event.clipboardData.setData('text/plain', textOfCells(cellsOfArea(rows, area)))
      if (event.type === 'cut' && !readOnly) onChange(clearArea(rows, area))
    },
    onPaste: (event: ClipboardEvent) => {
      if (draft !== null || readOnly) return
      const block = cellsOfText(event.clipboardData.getData('text/plain'))
      if (block.length === 0) return
      event.preventDefault()
      const corner0 = { row: rows.length === 0 ? 0 : area.top, column: area.left }
      onChange(pasteBlock(rows, block, corner0, columns.length, rowsMost))
    },
  }
}

function showRow(place: HTMLDivElement | null, row: number): void {
  if (!place) return
  const top = row * ROW_HEIGHT
  const seen = place.clientHeight - ROW_HEIGHT
  if (top < place.scrollTop) place.scrollTop = top
  else if (top + ROW_HEIGHT > place.scrollTop + seen) place.scrollTop = top + ROW_HEIGHT - seen
}
