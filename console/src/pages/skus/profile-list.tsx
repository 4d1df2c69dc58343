import { DownloadOutlined, PlusOutlined, ProfileOutlined, TableOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Dropdown, Segmented, Select } from 'antd'
import { type ReactNode, useMemo, useState } from 'react'
import { download, get, queryString } from '#/api/client.ts'
import { useCan } from '#/api/session.ts'
import { SKU_PROFILES, type SkuProfile, type TagsInUse } from '#/api/sku-profile-types.ts'
import type { SkusPlace } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { useProblemToast } from '#/parts/problem-notice.tsx'
import { TeachingEmpty } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { ProfileDialog } from './profile-dialog.tsx'
import { ProfileListDialog } from './profile-list-dialog.tsx'
import { SkuSearch, type SkusChange } from './sku-filters.tsx'
import { SkuTag, useTagName } from './sku-tag.tsx'

const rowKey = (row: SkuProfile) => row.sku
/** Slow enough for a look, fast enough after an import. */
const TAGS_STALE_MS = 30_000

/** What is known of stock SKUs: searched, filled in, imported; first of all what waiting orders lack. */
export function ProfileList({ tabs }: { readonly tabs: ReactNode }) {
  const { t } = useWording()
  const mayWrite = useCan()('orders:write')
  const place = useSearch({ from: '/shell/skus' })
  const navigate = useNavigate({ from: '/skus' })
  const lacking = place.show === 'no_weight'
  const query = useMemo(
    () => ({ q: place.q, tag: lacking ? undefined : place.tag, show: place.show }),
    [place.q, place.tag, place.show, lacking],
  )
  const list = useCursorList<SkuProfile>(SKU_PROFILES, query)
  const [edited, setEdited] = useState<SkuProfile | 'new' | null>(null)
  const [importing, setImporting] = useState(false)
  const columns = useProfileColumns(lacking, mayWrite ? setEdited : undefined)
  const change = (part: SkusChange) =>
    void navigate({ search: (previous) => ({ ...previous, ...part }) as SkusPlace, replace: true })
  return (
    <>
      <ListView<SkuProfile>
        name={lacking ? 'sku-profiles-lacking' : 'sku-profiles'}
        label={t('skuProfiles.title')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowKey}
        list={list}
        views={tabs}
        {...(mayWrite ? { onOpen: setEdited } : {})}
        filters={<ProfileFilters place={place} onChange={change} />}
        filtered={place.q !== undefined || query.tag !== undefined}
        onClearFilters={() => change({ q: undefined, tag: undefined })}
        empty={<ProfilesEmpty lacking={lacking} onImport={mayWrite ? () => setImporting(true) : undefined} />}
        tools={() => (
          <>
            {lacking ? null : <ExportButton q={query.q} tag={query.tag} />}
            {mayWrite ? (
              <>
                <Button icon={<TableOutlined />} onClick={() => setImporting(true)}>
                  {t('skuProfiles.import')}
                </Button>
                <Button icon={<PlusOutlined />} onClick={() => setEdited('new')}>
                  {t('skuProfiles.add')}
                </Button>
              </>
            ) : null}
          </>
        )}
      />
      {edited ? (
        <ProfileDialog
          profile={edited === 'new' ? null : edited}
          onClose={() => setEdited(null)}
          onDone={list.refresh}
        />
      ) : null}
      {importing ? <ProfileListDialog onClose={() => setImporting(false)} onDone={list.refresh} /> : null}
    </>
  )
}

function ProfilesEmpty({
  lacking,
  onImport,
}: {
  readonly lacking: boolean
  readonly onImport: (() => void) | undefined
}) {
  const { t } = useWording()
  const key = lacking ? 'skuProfiles.emptyNoWeight' : 'skuProfiles.empty'
  return (
    <TeachingEmpty icon={<ProfileOutlined />} title={t(`${key}.title`)} hint={t(`${key}.hint`)}>
      {onImport && !lacking ? (
        <Button type="primary" icon={<TableOutlined />} onClick={onImport}>
          {t('skuProfiles.import')}
        </Button>
      ) : null}
    </TeachingEmpty>
  )
}

function ProfileFilters({
  place,
  onChange,
}: {
  readonly place: SkusPlace
  readonly onChange: (change: SkusChange) => void
}) {
  const { t } = useWording()
  const nameOf = useTagName()
  const tags = useTagsInUse()
  return (
    <>
      <SkuSearch label={t('skuProfiles.search')} value={place.q ?? ''} onSearch={(q) => onChange({ q })} />
      <Segmented
        aria-label={t('skuProfiles.filter.show')}
        value={place.show ?? 'all'}
        onChange={(show) => onChange({ show: show === 'no_weight' ? 'no_weight' : undefined })}
        options={[
          { value: 'all', label: t('skuProfiles.filter.all') },
          { value: 'no_weight', label: t('skuProfiles.filter.noWeight') },
        ]}
      />
      {place.show === 'no_weight' ? null : (
        <Select
          allowClear
          showSearch
          optionFilterProp="label"
          className="hf-filter"
          aria-label={t('skuProfiles.filter.tag')}
          placeholder={t('skuProfiles.filter.tag')}
          value={place.tag ?? null}
          onChange={(tag: string | null) => onChange({ tag: tag ?? undefined })}
          options={tags.map((tag) => ({ value: tag, label: nameOf(tag) }))}
          popupMatchSelectWidth={false}
        />
      )}
    </>
  )
}

/** Shared and own tags, the most used first. */
export function useTagsInUse(): readonly string[] {
  const { data } = useQuery({
    queryKey: ['sku-tags'],
    queryFn: ({ signal }) => get<TagsInUse>(`${SKU_PROFILES}/tags`, {}, signal),
    staleTime: TAGS_STALE_MS,
  })
  return data?.items.map(({ tag }) => tag) ?? []
}

function ExportButton({ q, tag }: { readonly q: string | undefined; readonly tag: string | undefined }) {
  const { t, language } = useWording()
  const fail = useProblemToast()
  const run = (format: string) =>
    void download(
      `${SKU_PROFILES}/export${queryString({ q, tag, format, locale: language })}`,
      undefined,
      `sku-profiles.${format}`,
    ).catch(fail)
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'xlsx', label: t('skuProfiles.export.xlsx') },
          { key: 'csv', label: t('skuProfiles.export.csv') },
        ],
        onClick: ({ key }) => run(key),
      }}
    >
      <Button icon={<DownloadOutlined />}>{t('skuProfiles.export')}</Button>
    </Dropdown>
  )
}

function useProfileColumns(
  lacking: boolean,
  onEdit: ((row: SkuProfile) => void) | undefined,
): readonly ListColumn<SkuProfile>[] {
  const { t, count } = useWording()
  const unknown = <span className="hf-faint">{t('skuProfiles.unknown')}</span>
  const figure = (value: number | null, unit: string) =>
    value === null ? unknown : `${count(value)} ${unit}`
  const orders: ListColumn<SkuProfile> = {
    key: 'orders',
    title: t('skuProfiles.col.orders'),
    width: 110,
    align: 'right',
    render: (row) => (row.orders === null ? null : count(row.orders)),
  }
  return [
    {
      key: 'sku',
      title: t('skuProfiles.col.sku'),
      width: 210,
      pinned: true,
      render: (row) => <code title={row.sku}>{row.sku}</code>,
    },
    {
      key: 'title',
      title: t('skuProfiles.col.title'),
      width: 200,
      render: (row) => <span title={row.title}>{row.title}</span>,
    },
    ...(lacking ? [orders] : []),
    {
      key: 'weight',
      title: t('skuProfiles.col.weight'),
      width: 110,
      align: 'right',
      render: (row) => figure(row.weightG, 'g'),
    },
    {
      key: 'volume',
      title: t('skuProfiles.col.volume'),
      width: 120,
      align: 'right',
      render: (row) => (
        <span title={row.volumeCm3 === null && row.volume !== null ? t('skuProfiles.worked') : undefined}>
          {figure(row.volume, 'cm³')}
        </span>
      ),
    },
    { key: 'size', title: t('skuProfiles.col.size'), width: 140, hidden: true, render: sizeOf },
    {
      key: 'tags',
      title: t('skuProfiles.col.tags'),
      width: 210,
      render: (row) => (
        <span className="hf-sku-tags">
          {row.tags.map((tag) => (
            <SkuTag key={tag} tag={tag} />
          ))}
        </span>
      ),
    },
    {
      key: 'value',
      title: t('skuProfiles.col.value'),
      width: 110,
      align: 'right',
      hidden: true,
      render: (row) => (row.value === null ? null : `${row.value.currency} ${row.value.amount}`),
    },
    {
      key: 'updatedBy',
      title: t('skuProfiles.col.updatedBy'),
      width: 110,
      hidden: lacking,
      render: (row) => row.updatedBy,
    },
    {
      key: 'updatedAt',
      title: t('skuProfiles.col.updatedAt'),
      width: 120,
      hidden: lacking,
      render: (row) => (row.updatedAt === null ? null : <TimeText at={row.updatedAt} />),
    },
    {
      key: 'actions',
      title: t('skuProfiles.col.actions'),
      width: 80,
      render: (row) =>
        onEdit ? (
          <button type="button" className="hf-link" onClick={() => onEdit(row)}>
            {t('common.edit')}
          </button>
        ) : null,
    },
  ]
}

function sizeOf({ lengthMm, widthMm, heightMm }: SkuProfile) {
  const sides = [lengthMm, widthMm, heightMm]
  return sides.every((side) => side === null) ? null : `${sides.map((side) => side ?? '?').join('×')} mm`
}
