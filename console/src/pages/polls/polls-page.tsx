import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function PollsPage() {
  const { t } = useWording()
  return (
    <div className="hf-page">
      <PageHeader title={t('polls.title')} lead={t('polls.lead')} />
    </div>
  )
}
