import { RollbackOutlined } from '@ant-design/icons'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Segmented } from 'antd'
import { type ReactNode, useState } from 'react'
import { useCan } from '#/api/session.ts'
import type { ReshipmentsPlace } from '#/app/parcel-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { PageHeader, TeachingEmpty } from '#/parts/small.tsx'
import { AskDialog } from './ask-dialog.tsx'
import { type DeskRow, useDeskColumns } from './desk-columns.tsx'
import { DeskDrawer } from './desk-drawer.tsx'

export const DESK_TABS = ['reships', 'duplicates', 'intercepts', 'disputes'] as const
export type DeskTab = (typeof DESK_TABS)[number]
/** In the address: the form is open, no order chosen yet. */
const NEW = '-'
const PATHS: Readonly<Record<DeskTab, string>> = {
  reships: '/api/reshipments',
  duplicates: '/api/reshipments/duplicates',
  intercepts: '/api/intercepts',
  disputes: '/api/reshipments/disputes',
}

/** Re-ships, duplicates, intercepts and disputes: what waits for a person, with its evidence. */
export function ReshipmentsPage() {
  const { t } = useWording()
  const { tab, add } = useSearch({ from: '/shell/reshipments' })
  const can = useCan()
  const navigate = useNavigate({ from: '/reshipments' })
  const [round, setRound] = useState(0)
  const shown = DESK_TABS.find((one) => one === tab) ?? 'reships'
  const ask = (order: string | undefined): void =>
    void navigate({
      search: { tab: shown, ...(order === undefined ? {} : { add: order }) } as ReshipmentsPlace,
    })
  const views = (
    <Segmented<DeskTab>
      value={shown}
      options={DESK_TABS.map((value) => ({ value, label: t(`reshipments.tab.${value}`) }))}
      onChange={(value) => void navigate({ search: { tab: value } as ReshipmentsPlace, replace: true })}
    />
  )
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('reshipments.title')} lead={t('reshipments.lead')}>
        {can('parcels:write') ? (
          <Button type="primary" onClick={() => ask(NEW)}>
            {t('reshipments.ask')}
          </Button>
        ) : null}
      </PageHeader>
      <DeskList key={`${shown} ${round}`} tab={shown} views={views} />
      {add === undefined ? null : (
        <AskDialog
          key={add}
          orderNo={add === NEW ? '' : add}
          onClose={() => ask(undefined)}
          onDone={(kind) => {
            setRound(round + 1)
            const to = kind === 'dispute' ? 'disputes' : 'reships'
            void navigate({ search: { tab: to } as ReshipmentsPlace, replace: true })
          }}
        />
      )}
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
  const [open, setOpen] = useState<DeskRow | null>(null)
  return (
    <>
      <ListView<DeskRow>
        onOpen={setOpen}
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
      {open === null ? null : <DeskDrawer tab={tab} row={open} onClose={() => setOpen(null)} />}
    </>
  )
}
