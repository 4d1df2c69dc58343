import { ReloadOutlined } from '@ant-design/icons'
import { Button, type GetRef, Table, type TableProps } from 'antd'
import { useEffect, useMemo, useRef } from 'react'
import { useWording } from '#/i18n/language.tsx'
import { useLocalState } from '#/lib/local-state.ts'
import { ProblemNotice } from '../problem-notice.tsx'
import { ColumnChooser, visibleKeys } from './column-chooser.tsx'
import { BulkBar, GoOn, LiveDot, LoadedCount, NewRowsPill, NothingHere } from './list-parts.tsx'
import { rememberRowOrder } from './row-order.ts'
import type { Layout, ListColumn, ListViewProps, Live } from './types.ts'
import { useBodyHeight } from './use-body-height.ts'
import { useListKeys } from './use-list-keys.ts'
import { useSelection } from './use-selection.ts'

const ROW_HEIGHT = { compact: 34, cosy: 46 } as const
/** Pixels before the end at which the next page is asked for. */
const NEAR_END = 600
const CHECKBOX_WIDTH = 40

/** The console's list: views, filters, a virtual table with cursor paging, selection with bulk bar, keyboard, live marks. */
export function ListView<Row extends object>(props: ListViewProps<Row>) {
  const { list, rowKey, bulk, openId = rowKey } = props
  const [layout, setLayout] = useLocalState<Layout>(`list.${props.name}`, {
    density: 'compact',
    columns: null,
  })
  const keys = useMemo(() => list.rows.map(rowKey), [list.rows, rowKey])
  const picked = useSelection(keys, props.total)
  useEffect(() => rememberRowOrder(list.rows.map(openId)), [list.rows, openId])

  return (
    <div className={`hf-list hf-list-${layout.density}`}>
      {props.views}
      {bulk && picked.selection.count > 0 ? (
        <BulkBar
          selection={picked.selection}
          total={props.total}
          offerAll={!list.complete && picked.selectedKeys.length === keys.length}
          onEverything={picked.selectEverything}
        >
          {bulk(picked.selection)}
        </BulkBar>
      ) : (
        <Toolbar {...props} layout={layout} setLayout={setLayout} />
      )}
      <Body {...props} keys={keys} layout={layout} picked={picked} />
    </div>
  )
}

type ToolbarProps<Row> = ListViewProps<Row> & {
  readonly layout: Layout
  readonly setLayout: (layout: Layout) => void
}

function Toolbar<Row>({ list, live, columns, layout, setLayout, ...props }: ToolbarProps<Row>) {
  const { t } = useWording()
  return (
    <div className="hf-toolbar">
      <div className="hf-filters">{props.filters}</div>
      <div className="hf-tools">
        <LoadedCount list={list} total={props.total} capped={props.totalCapped === true} />
        {live ? <LiveDot state={live.state} /> : null}
        <Button
          icon={<ReloadOutlined spin={list.loading} />}
          aria-label={t('common.refresh')}
          title={`${t('common.refresh')} (r)`}
          onClick={list.refresh}
        />
        <ColumnChooser columns={columns} layout={layout} onLayout={setLayout} />
        {props.tools?.(visibleKeys(columns, layout))}
      </div>
    </div>
  )
}

type BodyProps<Row> = ListViewProps<Row> & {
  readonly keys: readonly string[]
  readonly layout: Layout
  readonly picked: ReturnType<typeof useSelection>
}

function Body<Row extends object>(props: BodyProps<Row>) {
  const { list, columns, rowKey, live, keys, layout, picked } = props
  const { t } = useWording()
  const table = useRef<GetRef<typeof Table>>(null)
  const [frame, height] = useBodyHeight()
  const focus = useListKeys({
    keys,
    onOpen: (index) => {
      const row = list.rows[index]
      if (row) props.onOpen?.(row)
    },
    onSelect: props.bulk ? picked.toggle : undefined,
    onRefresh: list.refresh,
    onEscape: picked.selection.clear,
    onView: props.onView,
    scrollTo: (index) => table.current?.scrollTo({ index }),
  })
  const shown = visibleKeys(columns, layout)
  const tableColumns = columns
    .filter((column) => shown.includes(column.key))
    .map((column) => toTableColumn(column, props.sort))
  const width = tableColumns.reduce(
    (sum, column) => sum + Number(column.width),
    props.bulk ? CHECKBOX_WIDTH : 0,
  )

  const rowSelection: TableProps<Row>['rowSelection'] = {
    columnWidth: CHECKBOX_WIDTH,
    fixed: true,
    selectedRowKeys: [...picked.selectedKeys],
    onChange: (next) => picked.setSelectedKeys(next.map(String)),
    getCheckboxProps: (row) =>
      ({ 'aria-label': t('list.selectRow', { name: props.rowName(row) }) }) as object,
    getTitleCheckboxProps: () => ({ 'aria-label': t('list.selectAll') }) as object,
  }

  let content = null
  if (list.error && list.rows.length === 0)
    content = <ProblemNotice error={list.error} onRetry={list.refresh} />
  else if (list.rows.length === 0 && !list.loading && !list.complete && !list.stale)
    content = <GoOn list={list} />
  else if (list.rows.length === 0 && !list.loading) {
    content = (
      <NothingHere filtered={props.filtered} onClearFilters={props.onClearFilters}>
        {props.empty}
      </NothingHere>
    )
  }
  return (
    <section className="hf-table" ref={frame} aria-label={props.label} aria-busy={list.loading}>
      {live && live.newRows > 0 ? <NewRowsPill live={live} /> : null}
      {content ?? (
        <Table<Row>
          ref={table}
          virtual
          size="small"
          className={list.stale ? 'hf-stale' : ''}
          columns={tableColumns}
          dataSource={[...list.rows]}
          rowKey={rowKey}
          loading={list.loading && list.rows.length === 0}
          pagination={false}
          showSorterTooltip={false}
          sortDirections={['descend', 'ascend']}
          scroll={{ x: width, y: height }}
          onScroll={(event) => {
            const box = event.currentTarget
            if (box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END) list.loadMore()
          }}
          onChange={(_pages, _filters, sorter) => props.onSort?.(sortName(sorter, columns))}
          {...(props.bulk ? { rowSelection } : {})}
          rowClassName={(row) =>
            rowClass(rowKey(row), focus.key, (props.openId ?? rowKey)(row) === props.openKey, live)
          }
          onRow={(row, index) => ({
            style: { height: ROW_HEIGHT[layout.density] },
            onMouseDown: () => focus.setIndex(index ?? 0),
            onClick: (event) => {
              if (!isOwnClick(event.target as HTMLElement)) props.onOpen?.(row)
            },
          })}
        />
      )}
      {/* Too few rows to scroll: scrolling cannot ask for the next page. */}
      {list.rows.length > 0 &&
      list.rows.length * ROW_HEIGHT[layout.density] < height &&
      !list.complete &&
      !list.loading ? (
        <GoOn list={list} />
      ) : null}
    </section>
  )
}

function toTableColumn<Row>(column: ListColumn<Row>, sort: string | undefined) {
  const order = sort === column.sort ? 'ascend' : sort === `-${column.sort}` ? 'descend' : null
  return {
    key: column.key,
    title: column.title,
    width: column.width,
    ellipsis: { showTitle: false },
    render: (_: unknown, row: Row) => column.render(row),
    ...(column.align ? { align: column.align } : {}),
    ...(column.pinned ? { fixed: 'start' as const } : {}),
    ...(column.sort ? { sorter: true, sortOrder: order as 'ascend' | 'descend' | null } : {}),
  }
}

type Sorters<Row> = Parameters<NonNullable<TableProps<Row>['onChange']>>[2]

/** antd's sorter state as the hub's `sort` parameter; undefined is the hub's own order. */
function sortName<Row>(sorters: Sorters<Row>, columns: readonly ListColumn<Row>[]): string | undefined {
  const sorter = Array.isArray(sorters) ? sorters[0] : sorters
  const name = columns.find((column) => column.key === sorter?.columnKey)?.sort
  if (!name || !sorter?.order) return undefined
  return sorter.order === 'descend' ? `-${name}` : name
}

function rowClass(key: string, focused: string | null, open: boolean, live: Live | undefined): string {
  return [
    'hf-row',
    key === focused ? 'hf-row-focus' : '',
    open ? 'hf-row-open' : '',
    live?.changed.has(key) ? 'hf-row-changed' : '',
  ].join(' ')
}

/** Clicks on links, buttons and boxes are theirs; so is the click that ends a text selection. */
function isOwnClick(target: HTMLElement): boolean {
  if (target.closest('a, button, input, label, .ant-table-selection-column')) return true
  return (window.getSelection()?.toString() ?? '') !== ''
}
