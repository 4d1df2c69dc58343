import { useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import type { ReviewPlace } from '#/app/page-searches.ts'
import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'
import '#/styles/intake.css'
import { CaseDrawer } from './case-drawer.tsx'
import { ReviewList } from './review-list.tsx'
import { summaryQuery } from './review-queries.ts'
import { ReviewTabs } from './review-tabs.tsx'
import { RuleSettings } from './rule-settings.tsx'

/** The exception workbench: every kind of trouble in one queue, who has it, until when, and what to do first. */
export function ReviewPage() {
  const { t } = useWording()
  const { order: _order, message: _message, ...place } = useSearch({ from: '/shell/review' })
  const navigate = useNavigate({ from: '/review' })
  const summary = useQuery(summaryQuery)
  const tabs = <ReviewTabs place={place} summary={summary.data} />
  return (
    <div className="hf-page hf-page-list">
      <PageHeader title={t('review.title')} lead={t('review.lead')} />
      {place.tab === 'rules' ? (
        <RuleSettings tabs={tabs} />
      ) : (
        <ReviewList
          place={place}
          tabs={tabs}
          summary={summary.data}
          onChanged={() => void summary.refetch()}
        />
      )}
      {place.case ? (
        <CaseDrawer
          id={place.case}
          onClose={() =>
            void navigate({ search: ({ case: _case, ...rest }) => rest as ReviewPlace, replace: true })
          }
        />
      ) : null}
    </div>
  )
}
