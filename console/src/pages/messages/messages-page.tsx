import { InboxOutlined, ReloadOutlined } from '@ant-design/icons'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { Button } from 'antd'
import { useMemo, useState } from 'react'
import type { Query } from '#/api/client.ts'
import type { MessageFilter, MessageRow, ReplayChoice } from '#/api/intake-types.ts'
import { useCan } from '#/api/session.ts'
import type { MessagesSearch } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { useLivePoll } from '#/parts/list-view/use-live-poll.ts'
import { ReplayDialog } from '#/parts/replay-dialog.tsx'
import { PageHeader, TeachingEmpty } from '#/parts/small.tsx'
import '#/styles/intake.css'
import { useMessageColumns } from './message-columns.tsx'
import { MessageFilters } from './message-filters.tsx'
import { ParkedSide } from './parked-side.tsx'

const MESSAGES = '/api/messages'
const rowKey = (row: MessageRow) => row.id
const rowName = (row: MessageRow) => row.id

export type MessageChange = { [K in keyof MessageFilter]?: MessageFilter[K] | undefined }

/** The log of everything that came in: found, read as it came, and read again after a fix. */
export function MessagesPage() {
  const { t } = useWording()
  const can = useCan()
  const search = useSearch({ from: '/shell/messages' })
  const navigate = useNavigate({ from: '/messages' })
  const change = (part: MessageChange) => {
    void navigate({ search: (previous) => ({ ...previous, ...part }) as MessagesSearch, replace: true })
  }
  const filter = useFilter(search)
  const list = useCursorList<MessageRow>(MESSAGES, filter as Query)
  const live = useLivePoll<MessageRow>({
    path: MESSAGES,
    query: filter as Query,
    list,
    rowKey,
    newRowsText: (n) => t('messages.newPill', { n: n >= 100 ? '100+' : n }),
  })
  const [replaying, setReplaying] = useState<ReplayChoice | null>(null)
  const columns = useMessageColumns()
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('messages.title')} lead={t('messages.lead')}>
        {can('messages:replay') && Object.keys(filter).length > 0 ? (
          <Button icon={<ReloadOutlined />} onClick={() => setReplaying({ filter })}>
            {t('replay.all')}
          </Button>
        ) : null}
      </PageHeader>
      <div className="hf-split">
        <ListView<MessageRow>
          name="messages"
          label={t('messages.title')}
          columns={columns}
          rowKey={rowKey}
          rowName={rowName}
          list={list}
          live={live}
          openKey={search.message}
          onOpen={(row) => void navigate({ search: (previous) => ({ ...previous, message: row.id }) })}
          filters={<MessageFilters filter={filter} onChange={change} />}
          filtered={Object.keys(filter).length > 0}
          onClearFilters={() => void navigate({ search: {} })}
          empty={<MessagesEmpty />}
          {...(can('messages:replay')
            ? {
                bulk: (selection) => (
                  <Button onClick={() => setReplaying({ ids: selection.ids })}>{t('replay.action')}</Button>
                ),
              }
            : {})}
        />
        <ParkedSide filter={filter} onPick={change} onReplay={setReplaying} />
      </div>
      {replaying ? (
        <ReplayDialog choice={replaying} onClose={() => setReplaying(null)} onDone={list.refresh} />
      ) : null}
    </div>
  )
}

function useFilter(search: MessagesSearch): MessageFilter {
  const { order: _order, message: _message, ...filter } = search
  const key = JSON.stringify(filter)
  // biome-ignore lint/correctness/useExhaustiveDependencies: opening a drawer must not make a new list
  return useMemo(() => filter, [key])
}

function MessagesEmpty() {
  const { t } = useWording()
  return (
    <TeachingEmpty icon={<InboxOutlined />} title={t('messages.empty.title')} hint={t('messages.empty.hint')}>
      <Link to="/connections" search={{ add: '1' }}>
        {t('messages.empty.connect')}
      </Link>
    </TeachingEmpty>
  )
}
