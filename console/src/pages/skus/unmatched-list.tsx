import { CheckCircleOutlined, TableOutlined } from '@ant-design/icons'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Segmented } from 'antd'
import { type ReactNode, useMemo, useRef, useState } from 'react'
import { useCan } from '#/api/session.ts'
import { EVERY_SHOP, UNMATCHED, type UnmatchedSku } from '#/api/sku-types.ts'
import type { SkusPlace } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { useLocalState } from '#/lib/local-state.ts'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { TeachingEmpty } from '#/parts/small.tsx'
import { PasteDialog } from './paste-dialog.tsx'
import { SameCodes } from './same-codes.tsx'
import { type SkusChange, UnmatchedFilters } from './sku-filters.tsx'
import { StockSkuInput } from './stock-sku-input.tsx'
import { type NewMapping, useMapSku } from './use-sku-changes.ts'

export type Scope = 'shop' | 'all'
const rowKey = (row: UnmatchedSku) => `${row.connection.id}\n${row.shopSku}`
const rowName = (row: UnmatchedSku) => row.shopSku || row.title

/** The queue: shop codes that no stock SKU is known for. Matched rows stay where they are until the list is asked for anew. */
export function UnmatchedList({ tabs }: { readonly tabs: ReactNode }) {
  const { t } = useWording()
  const mayWrite = useCan()('orders:write')
  const { q, connection, orderNo } = useSearch({ from: '/shell/skus' })
  const navigate = useNavigate({ from: '/skus' })
  const change = (part: SkusChange) => {
    void navigate({ search: (previous) => ({ ...previous, ...part }) as SkusPlace, replace: true })
  }
  const query = useMemo(() => ({ q, connection, orderNo }), [q, connection, orderNo])
  const loaded = useCursorList<UnmatchedSku>(UNMATCHED, query)
  const { saved, markSaved, forget } = useSaved(loaded.rows)
  const refresh = () => {
    forget()
    loaded.refresh()
  }
  const [scope, setScope] = useLocalState<Scope>('skus.scope', 'shop')
  const [pasting, setPasting] = useState(false)
  const map = useMapSku((mapping) => {
    markSaved(mapping)
    // One save may match the very row that the reader went on to; the keyboard must not fall off the queue.
    window.requestAnimationFrame(() => {
      if (document.activeElement === document.body)
        document.querySelector<HTMLInputElement>('input[data-stock-sku]')?.focus()
    })
  })
  const columns = useUnmatchedColumns({
    saved,
    onSave: mayWrite
      ? (row, stockSku) =>
          map.mutate({
            connectionId: scope === 'all' ? EVERY_SHOP : row.connection.id,
            shopSku: row.shopSku,
            stockSku,
          })
      : undefined,
  })
  return (
    <>
      <ListView<UnmatchedSku>
        name="skus-unmatched"
        label={t('skus.tab.unmatched')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        list={{ ...loaded, refresh }}
        views={tabs}
        filters={<UnmatchedFilters place={query as SkusPlace} onChange={change} />}
        filtered={Boolean(q ?? connection ?? orderNo)}
        onClearFilters={() => void navigate({ search: {} })}
        empty={<NothingWaits />}
        tools={() =>
          mayWrite ? (
            <>
              <ScopeChoice scope={scope} onScope={setScope} />
              <Button icon={<TableOutlined />} onClick={() => setPasting(true)}>
                {t('skus.paste')}
              </Button>
            </>
          ) : null
        }
        {...(mayWrite
          ? {
              bulk: (selection) => (
                <SameCodes
                  rows={loaded.rows.filter(
                    (row) => selection.ids.includes(rowKey(row)) && !saved.has(rowKey(row)),
                  )}
                  scope={scope}
                  onDone={(mappings) => {
                    mappings.forEach(markSaved)
                    selection.clear()
                  }}
                />
              ),
            }
          : {})}
      />
      {pasting ? <PasteDialog onClose={() => setPasting(false)} onDone={refresh} /> : null}
    </>
  )
}

/** What was matched since the list was loaded, by row. */
function useSaved(rows: readonly UnmatchedSku[]) {
  const [saved, setSaved] = useState<ReadonlyMap<string, string>>(new Map())
  const markSaved = ({ connectionId, shopSku, stockSku }: NewMapping) => {
    const same = rows.filter(
      (row) => row.shopSku === shopSku && (connectionId === EVERY_SHOP || row.connection.id === connectionId),
    )
    setSaved((old) => new Map([...old, ...same.map((row) => [rowKey(row), stockSku] as const)]))
  }
  return { saved, markSaved, forget: () => setSaved(new Map()) }
}

function ScopeChoice({
  scope,
  onScope,
}: {
  readonly scope: Scope
  readonly onScope: (scope: Scope) => void
}) {
  const { t } = useWording()
  return (
    <span className="hf-sku-scope" title={t('skus.scope.hint')}>
      <span className="hf-faint">{t('skus.scope')}</span>
      <Segmented<Scope>
        aria-label={t('skus.scope')}
        value={scope}
        onChange={onScope}
        options={[
          { value: 'shop', label: t('skus.scope.shop') },
          { value: 'all', label: t('skus.scope.all') },
        ]}
      />
    </span>
  )
}

function NothingWaits() {
  const { t } = useWording()
  return (
    <TeachingEmpty icon={<CheckCircleOutlined />} title={t('skus.empty.title')} hint={t('skus.empty.hint')}>
      <Link to="/skus" search={{ tab: 'mapping' }}>
        {t('skus.empty.mappings')}
      </Link>
    </TeachingEmpty>
  )
}

function useUnmatchedColumns({
  saved,
  onSave,
}: {
  readonly saved: ReadonlyMap<string, string>
  readonly onSave: ((row: UnmatchedSku, stockSku: string) => void) | undefined
}): readonly ListColumn<UnmatchedSku>[] {
  const { t, count } = useWording()
  const drafts = useRef(new Map<string, string>())
  return [
    {
      key: 'shopSku',
      title: t('skus.col.shopSku'),
      width: 180,
      pinned: true,
      render: (row) =>
        row.shopSku ? (
          <code title={row.shopSku}>{row.shopSku}</code>
        ) : (
          <span className="hf-faint">{t('skus.noShopSku')}</span>
        ),
    },
    {
      key: 'title',
      title: t('skus.col.title'),
      width: 220,
      render: (row) => <span title={row.title}>{row.title}</span>,
    },
    {
      key: 'shop',
      title: t('skus.col.shop'),
      width: 190,
      render: (row) => <span title={row.connection.name}>{row.connection.name}</span>,
    },
    {
      key: 'orders',
      title: t('skus.col.orders'),
      width: 76,
      align: 'right',
      render: (row) => (
        <Link
          to="/orders"
          search={{ unmatched: '1', connection: [row.connection.id] }}
          preload={false}
          className="hf-num"
          title={t('skus.seeOrders', { n: row.orders })}
        >
          {count(row.orders)}
        </Link>
      ),
    },
    {
      key: 'quantity',
      title: t('skus.col.quantity'),
      width: 70,
      align: 'right',
      render: (row) => <span className="hf-num">{count(row.quantity)}</span>,
    },
    {
      key: 'stockSku',
      title: t('skus.col.stockSku'),
      width: 330,
      render: (row) => (
        <StockSkuInput
          row={row}
          saved={saved.get(rowKey(row))}
          drafts={drafts.current}
          draftKey={rowKey(row)}
          onSave={onSave}
        />
      ),
    },
  ]
}
