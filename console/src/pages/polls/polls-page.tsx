import { SettingOutlined } from '@ant-design/icons'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { Button, Tabs } from 'antd'
import { useState } from 'react'
import { useCan } from '#/api/session.ts'
import type { PollsSearch } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'
import '#/styles/intake.css'
import { AsksTab } from './asks-tab.tsx'
import { PollTable } from './poll-table.tsx'
import { ThresholdForm } from './threshold-form.tsx'
import { usePolls } from './use-polls.ts'

/** What is asked because nobody told it: per connection, and question by question. */
export function PollsPage() {
  const { t } = useWording()
  const can = useCan()
  const { tab = 'connections' } = useSearch({ from: '/shell/polls' })
  const navigate = useNavigate({ from: '/polls' })
  const polls = usePolls()
  const [isEditing, setEditing] = useState(false)
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('polls.title')} lead={t('polls.lead')}>
        {can('connections:write') && polls.data ? (
          <Button icon={<SettingOutlined />} onClick={() => setEditing(true)}>
            {t('polls.thresholds')}
          </Button>
        ) : null}
      </PageHeader>
      <Tabs
        activeKey={tab}
        onChange={(key) => void navigate({ search: key === 'asks' ? ({ tab: 'asks' } as PollsSearch) : {} })}
        items={(['connections', 'asks'] as const).map((key) => ({ key, label: t(`polls.tab.${key}`) }))}
      />
      {tab === 'asks' ? <AsksTab /> : <PollTable polls={polls} />}
      {isEditing && polls.data ? (
        <ThresholdForm initial={polls.data.settings} onClose={() => setEditing(false)} />
      ) : null}
    </div>
  )
}
