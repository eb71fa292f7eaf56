import type { paths } from './schema'

/** The body of a response or request, whatever its media type. */
type Body<T> = T extends { content: infer C } ? C[keyof C] : never

type Valuations = paths['/api/v1/valuations']['post']

export type ValuationRequest = Body<NonNullable<Valuations['requestBody']>>
export type Valuation = Body<Valuations['responses'][200]>
export type Contribution = Valuation['contributions'][number]
export type Deal = NonNullable<Valuation['deal']>
export type Problem = Body<Valuations['responses'][422]>
export type FieldProblem = NonNullable<Problem['errors']>[number]

export type Comparables = Body<paths['/api/v1/valuations/comparables']['post']['responses'][200]>
export type Comparable = Comparables['comparables'][number]
export type Market = Body<paths['/api/v1/market']['get']['responses'][200]>

export type Report = Body<NonNullable<paths['/api/v1/valuations/{valuation_id}/reports']['post']['requestBody']>>
export type NewCar = Body<NonNullable<paths['/api/v1/cars']['post']['requestBody']>>
export type Offer = Body<paths['/api/v1/offers/{code}']['get']['responses'][200]>

export type Filters = Body<paths['/api/v1/filters']['get']['responses'][200]>
export type FilterQuery = NonNullable<paths['/api/v1/filters']['get']['parameters']['query']>
export type Option = Filters['makes'][number]

export type ModelCard = Body<paths['/api/v1/models/{version}']['get']['responses'][200]>
export type Segment = ModelCard['segments'][number]

export type Coefficients = Body<paths['/api/v1/coefficients']['get']['responses'][200]>
export type FeatureCoefficients = Coefficients['features'][number]
export type CoefficientPoint = FeatureCoefficients['points'][number]

export type User = Body<paths['/api/v1/users/me']['get']['responses'][200]>
export type Role = User['role']
export type Token = Body<paths['/api/v1/tokens']['get']['responses'][200]>['tokens'][number]
export type Scope = Token['scopes'][number]

export type Version = Body<paths['/api/v1/models']['get']['responses'][200]>['versions'][number]
export type Figures = NonNullable<Version['figures']>
export type Promotion = Body<paths['/api/v1/promotions']['get']['responses'][200]>['promotions'][number]
export type Comparison = Body<paths['/api/v1/models/{version}/comparison/{other}']['get']['responses'][200]>

export type Rollout = Body<paths['/api/v1/rollouts']['get']['responses'][200]>['rollouts'][number]
export type RolloutNow = Body<paths['/api/v1/rollouts/current']['get']['responses'][200]>
export type RolloutPlan = Body<NonNullable<paths['/api/v1/rollouts']['post']['requestBody']>>
export type LiveVersion = Body<paths['/api/v1/models/{version}/live']['get']['responses'][200]>

export type Review = Body<paths['/api/v1/reviews']['get']['responses'][200]>['reviews'][number]
export type ReviewState = Review['state']
export type Decision = Body<NonNullable<paths['/api/v1/reviews/{feedback_id}']['post']['requestBody']>>
export type OwnFeedback = Body<paths['/api/v1/users/me/feedback']['get']['responses'][200]>['feedback'][number]
export type OwnCar = Body<paths['/api/v1/cars']['get']['responses'][200]>['cars'][number]
export type KeptValuation = Body<paths['/api/v1/valuations']['get']['responses'][200]>['valuations'][number]

export type CarPage = Body<paths['/api/v1/cars']['get']['responses'][200]>
export type CarQuery = NonNullable<paths['/api/v1/cars']['get']['parameters']['query']>
export type Car = CarPage['cars'][number]
export type CarState = Car['state']
export type NewCarRequest = Body<NonNullable<paths['/api/v1/cars']['post']['requestBody']>>
export type CarChange = Body<NonNullable<paths['/api/v1/cars/{car_id}']['patch']['requestBody']>>
export type CarEvent = Body<paths['/api/v1/cars/{car_id}/history']['get']['responses'][200]>['events'][number]

export type ListingPage = Body<paths['/api/v1/listings']['get']['responses'][200]>
export type ListingQuery = NonNullable<paths['/api/v1/listings']['get']['parameters']['query']>
export type Listing = ListingPage['listings'][number]
