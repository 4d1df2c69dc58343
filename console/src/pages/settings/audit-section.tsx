import type { AuditRow } from '#/api/types.ts'
import { useWording } from '#/i18n/language.tsx'
import { ListView } from '#/parts/list-view/list-view.tsx'
import { useCursorList } from '#/parts/list-view/use-cursor-list.ts'
import { TeachingEmpty } from '#/parts/small.tsx'
import { TimeText } from '#/parts/time-text.tsx'

const rowKey = (row: AuditRow) => row.id
const rowName = (row: AuditRow) => row.action
const ALL = {}

export function AuditSection() {
  const { t } = useWording()
  const list = useCursorList<AuditRow>('/api/audit', ALL)
  return (
    <div className="hf-embedded-list">
      <ListView<AuditRow>
        name="audit"
        label={t('settings.tab.audit')}
        list={list}
        rowKey={rowKey}
        rowName={rowName}
        filtered={false}
        onClearFilters={() => {}}
        empty={<TeachingEmpty title={t('audit.empty')} hint="" />}
        columns={[
          {
            key: 'at',
            title: t('audit.at'),
            width: 120,
            pinned: true,
            render: (row) => <TimeText at={row.at} />,
          },
          { key: 'actor', title: t('audit.actor'), width: 140, render: (row) => row.actor.name },
          { key: 'action', title: t('audit.action'), width: 220, render: (row) => <code>{row.action}</code> },
          {
            key: 'subject',
            title: t('audit.subject'),
            width: 260,
            render: (row) => <code>{row.subject}</code>,
          },
        ]}
      />
    </div>
  )
}
