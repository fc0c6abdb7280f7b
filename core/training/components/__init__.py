"""What trainees are put together from: classification figures, decoders that continue a text, features
computed once, LoRA, optimisers and their schedules."""
