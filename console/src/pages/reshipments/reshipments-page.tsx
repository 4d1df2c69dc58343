import { RollbackOutlined } from '@ant-design/icons'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Segmented } from 'antd'
import type { ReactNode } from 'react'
import type { ReshipmentsPlace } from '#/app/parcel-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { PageHeader, TeachingEmpty } from '#/parts/small.tsx'
import { type DeskRow, useDeskColumns } from './desk-columns.tsx'

export const DESK_TABS = ['reships', 'duplicates', 'intercepts', 'disputes'] as const
export type DeskTab = (typeof DESK_TABS)[number]
const PATHS: Readonly<Record<DeskTab, string>> = {
  reships: '/api/reshipments',
  duplicates: '/api/reshipments/duplicates',
  intercepts: '/api/intercepts',
  disputes: '/api/reshipments/disputes',
}

/** Re-ships, duplicates, intercepts and disputes: what waits for a person, with its evidence. */
export function ReshipmentsPage() {
  const { t } = useWording()
  const { tab } = useSearch({ from: '/shell/reshipments' })
  const navigate = useNavigate({ from: '/reshipments' })
  const shown = DESK_TABS.find((one) => one === tab) ?? 'reships'
  const views = (
    <Segmented<DeskTab>
      value={shown}
      options={DESK_TABS.map((value) => ({ value, label: t(`reshipments.tab.${value}`) }))}
      onChange={(value) => void navigate({ search: { tab: value } as ReshipmentsPlace, replace: true })}
    />
  )
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('reshipments.title')} lead={t('reshipments.lead')} />
      <DeskList key={shown} tab={shown} views={views} />
    </div>
  )
}

const EVERYTHING = {}
const rowKey = (row: DeskRow) => row.id
const rowName = (row: DeskRow) => row.orderNo

function DeskList({ tab, views }: { readonly tab: DeskTab; readonly views: ReactNode }) {
  const { t } = useWording()
  const list = useCursorList<DeskRow>(PATHS[tab], EVERYTHING)
  const columns = useDeskColumns(tab, list.refresh)
  return (
    <ListView<DeskRow>
      name={`reshipments-${tab}`}
      label={t(`reshipments.tab.${tab}`)}
      columns={columns}
      rowKey={rowKey}
      rowName={rowName}
      list={list}
      views={views}
      filtered={false}
      onClearFilters={() => undefined}
      empty={
        <TeachingEmpty
          icon={<RollbackOutlined />}
          title={t('reshipments.empty')}
          hint={t('reshipments.emptyHint')}
        />
      }
    />
  )
}
