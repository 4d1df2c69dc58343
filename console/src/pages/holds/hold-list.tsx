import { LockOutlined } from '@ant-design/icons'
import { Button, Select } from 'antd'
import { type ReactNode, useMemo, useState } from 'react'
import type { Query } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import type { Hold } from '#/api/stock-types.ts'
import type { HoldFilter } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { FilterChip } from '#/parts/filter-chip.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { Selection } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { TeachingEmpty } from '#/parts/small.tsx'
import { SkuSearch } from '../skus/sku-filters.tsx'
import { useWarehouseNames } from '../stock/use-warehouse-names.ts'
import { AskDialog } from './ask-dialog.tsx'
import { ownerName, useHoldColumns } from './hold-columns.tsx'
import type { HoldsChange, HoldsTab } from './holds-page.tsx'
import { RenewDialog } from './renew-dialog.tsx'

const rowKey = (row: Hold) => row.id
const OWNERS = ['order', 'api', 'transfer', 'finding', 'person'] as const
const EMPTY = { held: 'empty', overdue: 'emptyOverdue', ended: 'emptyEnded' } as const

export function HoldList({
  tab,
  tabs,
  filter,
  openId,
  onChange,
}: {
  readonly tab: Exclude<HoldsTab, 'unlocks'>
  readonly tabs: ReactNode
  readonly filter: HoldFilter
  readonly openId: string | undefined
  readonly onChange: (change: HoldsChange) => void
}) {
  const { t } = useWording()
  const can = useCan()
  const { q, ownerKind, warehouse, sku } = filter
  const query = useMemo((): Query => {
    const asked = { q, ownerKind, warehouse, sku }
    if (tab === 'overdue') return { ...asked, overdue: '1' }
    return { ...asked, state: tab === 'held' ? 'held' : 'released' }
  }, [tab, q, ownerKind, warehouse, sku])
  const [ended, setEnded] = useState<'released' | 'committed'>('released')
  const shown = useMemo(() => (tab === 'ended' ? { ...query, state: ended } : query), [query, tab, ended])
  const list = useCursorList<Hold>('/api/stock/holds', shown)
  const columns = useHoldColumns(tab === 'ended')
  return (
    <ListView<Hold>
      name={tab === 'ended' ? 'holds-ended' : 'holds'}
      label={t('holds.title')}
      columns={columns}
      rowKey={rowKey}
      rowName={ownerName}
      openKey={openId}
      list={list}
      onOpen={(row) => onChange({ hold: row.id })}
      views={tabs}
      filters={
        <>
          {tab === 'ended' ? <EndedChoice value={ended} onChange={setEnded} /> : null}
          <HoldFilters filter={filter} onChange={onChange} />
        </>
      }
      filtered={[q, ownerKind, warehouse, sku].some((one) => one !== undefined)}
      onClearFilters={() =>
        onChange({ q: undefined, ownerKind: undefined, warehouse: undefined, sku: undefined })
      }
      empty={
        <TeachingEmpty
          icon={<LockOutlined />}
          title={t(`holds.${EMPTY[tab]}.title`)}
          hint={t(`holds.${EMPTY[tab]}.hint`)}
        />
      }
      {...(can('stock:write') && tab !== 'ended'
        ? { bulk: (selection: Selection) => <HoldBulk selection={selection} /> }
        : {})}
    />
  )
}

function HoldBulk({ selection }: { readonly selection: Selection }) {
  const { t } = useWording()
  const [dialog, setDialog] = useState<'renew' | 'ask' | null>(null)
  // What was chosen when the dialog opened; the list may move on below it.
  const ids = selection.ids.slice(0, 100)
  const close = () => setDialog(null)
  const done = () => {
    close()
    selection.clear()
  }
  return (
    <>
      <Button type="primary" onClick={() => setDialog('renew')}>
        {t('holds.renew')}
      </Button>
      <Button danger onClick={() => setDialog('ask')}>
        {t('holds.ask')}
      </Button>
      {dialog === 'renew' ? <RenewDialog ids={ids} onClose={close} onDone={done} /> : null}
      {dialog === 'ask' ? <AskDialog ids={ids} onClose={close} onDone={done} /> : null}
    </>
  )
}

function EndedChoice({
  value,
  onChange,
}: {
  readonly value: 'released' | 'committed'
  readonly onChange: (value: 'released' | 'committed') => void
}) {
  const { t, word } = useWording()
  return (
    <Select
      className="hf-filter"
      aria-label={t('holds.col.state')}
      value={value}
      onChange={onChange}
      options={(['released', 'committed'] as const).map((one) => ({
        value: one,
        label: word('holdState', one),
      }))}
    />
  )
}

function HoldFilters({
  filter,
  onChange,
}: {
  readonly filter: HoldFilter
  readonly onChange: (change: HoldsChange) => void
}) {
  const { t, word } = useWording()
  const warehouses = useWarehouseNames()
  return (
    <>
      <SkuSearch label={t('holds.search')} value={filter.q ?? ''} onSearch={(q) => onChange({ q })} />
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('holds.filter.owner')}
        placeholder={t('holds.filter.owner')}
        value={filter.ownerKind ?? null}
        onChange={(ownerKind: string | null) => onChange({ ownerKind: ownerKind ?? undefined })}
        options={OWNERS.map((value) => ({ value, label: word('holdOwner', value) }))}
      />
      <Select
        allowClear
        className="hf-filter"
        aria-label={t('holds.filter.warehouse')}
        placeholder={t('holds.filter.warehouse')}
        value={filter.warehouse ?? null}
        onChange={(warehouse: string | null) => onChange({ warehouse: warehouse ?? undefined })}
        options={warehouses.map(({ code, name }) => ({ value: code, label: name }))}
        popupMatchSelectWidth={false}
      />
      {filter.sku ? (
        <FilterChip
          text={t('holds.filter.sku', { sku: filter.sku })}
          onRemove={() => onChange({ sku: undefined })}
        />
      ) : null}
    </>
  )
}
