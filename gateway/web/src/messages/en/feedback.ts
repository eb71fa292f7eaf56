/** Texts of reports of wrong prices, and of their review. */
export const feedback = {
  reviews: {
    title: 'Reviews',
  },
}
