import { FileSyncOutlined } from '@ant-design/icons'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Button } from 'antd'
import { useMemo, useState } from 'react'
import type { LookBackRun } from '#/api/reship-types.ts'
import { useCan } from '#/api/session.ts'
import type { LookBackPlace } from '#/app/parcel-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import type { ListColumn } from '#/parts/list-view/types.ts'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { PageHeader, TeachingEmpty } from '#/parts/small.tsx'
import { Tag } from '#/parts/tag.tsx'
import { TimeText } from '#/parts/time-text.tsx'
import { RunDrawer } from './run-drawer.tsx'
import { StartDialog } from './start-dialog.tsx'

const EVERYTHING = {}
const rowKey = (row: LookBackRun) => row.id
const rowName = (row: LookBackRun) => row.reason

/** Runs over raw messages of past days: what a mended reader would change, and its application. */
export function LookBackPage() {
  const { t } = useWording()
  const can = useCan()
  const { open } = useSearch({ from: '/shell/look-back' })
  const navigate = useNavigate({ from: '/look-back' })
  const [starting, setStarting] = useState(false)
  const list = useCursorList<LookBackRun>('/api/look-back', EVERYTHING)
  const show = (id: string | undefined) =>
    void navigate({ search: (previous) => ({ ...previous, open: id }) as LookBackPlace, replace: true })
  const columns = useColumns()
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('lookBack.title')} lead={t('lookBack.lead')}>
        {can('messages:replay') ? (
          <Button type="primary" onClick={() => setStarting(true)}>
            {t('lookBack.start')}
          </Button>
        ) : null}
      </PageHeader>
      <ListView<LookBackRun>
        name="look-back"
        label={t('lookBack.title')}
        columns={columns}
        rowKey={rowKey}
        rowName={rowName}
        openKey={open}
        list={list}
        onOpen={(row) => show(row.id)}
        filtered={false}
        onClearFilters={() => undefined}
        empty={
          <TeachingEmpty
            icon={<FileSyncOutlined />}
            title={t('lookBack.empty')}
            hint={t('lookBack.emptyHint')}
          />
        }
      />
      {starting ? (
        <StartDialog
          onClose={() => setStarting(false)}
          onStarted={(run) => {
            setStarting(false)
            list.refresh()
            show(run.id)
          }}
        />
      ) : null}
      {open === undefined ? null : <RunDrawer key={open} id={open} onClose={() => show(undefined)} />}
    </div>
  )
}

function useColumns(): readonly ListColumn<LookBackRun>[] {
  const { t, count } = useWording()
  return useMemo(
    () => [
      { key: 'reason', title: t('lookBack.reason'), width: 260, pinned: true, render: (row) => row.reason },
      {
        key: 'state',
        title: t('lookBack.state'),
        width: 110,
        render: (row) => (
          <Tag tone={row.state === 'applied' ? 'good' : 'wait'}>{t(`lookBack.s.${row.state}`)}</Tag>
        ),
      },
      {
        key: 'connections',
        title: t('lookBack.connections'),
        width: 180,
        render: (row) => row.connections.join(' '),
      },
      {
        key: 'progress',
        title: t('lookBack.progress'),
        width: 150,
        align: 'right',
        render: (row) => `${count(row.messages)} / ${count(row.total)}`,
      },
      {
        key: 'changed',
        title: t('lookBack.changed'),
        width: 130,
        align: 'right',
        render: (row) => count(row.changedMessages),
      },
      {
        key: 'orders',
        title: t('lookBack.orders'),
        width: 120,
        align: 'right',
        render: (row) => count(row.orders),
      },
      {
        key: 'effects',
        title: t('lookBack.effects'),
        width: 190,
        render: (row) => t('lookBack.effectsText', row.effects),
      },
      { key: 'by', title: t('lookBack.by'), width: 110, render: (row) => row.createdBy },
      { key: 'at', title: t('lookBack.at'), width: 150, render: (row) => <TimeText at={row.createdAt} /> },
    ],
    [t, count],
  )
}
