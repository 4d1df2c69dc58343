import { useWording } from '#/i18n/language.tsx'
import { PageHeader } from '#/parts/small.tsx'

export function ReviewPage() {
  const { t } = useWording()
  return (
    <div className="hf-page">
      <PageHeader title={t('review.title')} lead={t('review.lead')} />
    </div>
  )
}
