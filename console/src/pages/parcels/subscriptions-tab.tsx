import { BellOutlined } from '@ant-design/icons'
import { useSearch } from '@tanstack/react-router'
import { Input, Select } from 'antd'
import { useMemo } from 'react'
import type { Query } from '#/api/client.ts'
import { PARCELS, type ParcelSubscription, SUBSCRIPTION_STATES } from '#/api/parcel-types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { useRefusalText } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { carrierName } from './carrier-name.ts'
import { becauseText, SubscriptionTag } from './parcel-tag.tsx'
import type { ParcelsChange } from './parcels-page.tsx'

const PATH = `${PARCELS}/subscriptions`
const rowKey = (row: ParcelSubscription) => row.trackingNo

/** Who pushes which number to us, and what became of asking. */
export function SubscriptionsTab({ onChange }: { readonly onChange: (part: ParcelsChange) => void }) {
  const { t, language } = useWording()
  const refusalText = useRefusalText()
  const { q, state, open } = useSearch({ from: '/shell/parcels' })
  const query = useMemo<Query>(() => ({ q, state }), [q, state])
  const list = useCursorList<ParcelSubscription>(PATH, query)
  const columns = useMemo<readonly ListColumn<ParcelSubscription>[]>(
    () => [
      {
        key: 'number',
        title: t('parcels.col.number'),
        width: 176,
        pinned: true,
        render: (row) => <span className="hf-num hf-order-no">{row.trackingNo}</span>,
      },
      {
        key: 'state',
        title: t('parcels.col.state'),
        width: 110,
        render: (row) => <SubscriptionTag state={row.state} />,
      },
      {
        key: 'carrier',
        title: t('parcels.col.carrier'),
        width: 110,
        render: (row) => carrierName(row.carrier, language) ?? t('parcels.unknownCarrier'),
      },
      {
        key: 'connection',
        title: t('parcels.sub.col.connection'),
        width: 140,
        render: (row) => row.connection?.name ?? '–',
      },
      {
        key: 'because',
        title: t('parcels.sub.col.because'),
        width: 150,
        render: (row) => becauseText(t, row.because),
      },
      {
        key: 'times',
        title: t('parcels.sub.col.times'),
        width: 64,
        align: 'right',
        render: (row) => <span className="hf-num">{row.times}</span>,
      },
      {
        key: 'asked',
        title: t('parcels.sub.col.asked'),
        width: 104,
        render: (row) => <TimeText at={row.askedAt} />,
      },
      {
        key: 'expires',
        title: t('parcels.sub.col.expires'),
        width: 104,
        render: (row) => <TimeText at={row.expiresAt} />,
      },
      {
        key: 'words',
        title: t('parcels.sub.col.words'),
        width: 280,
        render: (row) => (
          <span className="hf-faint" title={[row.code, row.words].filter(Boolean).join(' ')}>
            {row.code ? `${refusalText(row.code, null)} ${row.words}` : row.words}
          </span>
        ),
      },
    ],
    [t, language, refusalText],
  )
  return (
    <ListView<ParcelSubscription>
      name="parcel-subscriptions"
      label={t('parcels.tab.subscriptions')}
      columns={columns}
      rowKey={rowKey}
      rowName={rowKey}
      openKey={open}
      list={list}
      onOpen={(row) => onChange({ open: row.trackingNo })}
      filters={
        <>
          <Input.Search
            allowClear
            className="hf-filter"
            style={{ width: 210 }}
            aria-label={t('parcels.col.number')}
            placeholder={t('parcels.col.number')}
            defaultValue={q ?? ''}
            onSearch={(value) => onChange({ q: value.trim() || undefined })}
          />
          <Select
            allowClear
            className="hf-filter"
            aria-label={t('parcels.filter.state')}
            placeholder={t('parcels.filter.state')}
            value={state ?? null}
            onChange={(value: string | null) => onChange({ state: value ?? undefined })}
            options={SUBSCRIPTION_STATES.map((value) => ({ value, label: t(`parcels.sub.${value}`) }))}
          />
        </>
      }
      filtered={q !== undefined || state !== undefined}
      onClearFilters={() => onChange({ q: undefined, state: undefined })}
      empty={
        <TeachingEmpty
          icon={<BellOutlined />}
          title={t('parcels.sub.empty.title')}
          hint={t('parcels.sub.empty.hint')}
        />
      }
    />
  )
}
